package dev.keywheel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.HttpBrowser;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The list of 120 access tokens, 20 of them revoked, in pages of 50. */
@Tag("full")
class TokenListTest {
  private static final String PATH = "/gateway/tokens";

  @AutoClose private static RunningApp app;
  private static HttpBrowser admin;

  @BeforeAll
  static void start() {
    app = RunningApp.withAdministrator();
    admin = app.administrator();
    app.asOwner(
        """
            insert into gateway_tokens (id, workspace_id, name, created_at, created_by, revoked_at)
            select gen_random_uuid(), id, 'program-' || lpad(n::text, 3, '0'), timestamptz '2026-11-01' + n / 2 * interval '1 min',
                   'ada@example.org', case when n % 6 = 0 then timestamptz '2026-11-30' end
              from workspaces, generate_series(1, 120) n
             where archived_at is null and exists (select from members where workspace_id = workspaces.id)\
            """);
  }

  @Test
  void the_tokens_are_listed_in_pages_newest_first() {
    List<String> first = names(PATH);
    assertThat(first).hasSize(50).contains("program-119").doesNotContain("program-120");
    List<String> second = names(link(PATH, "next"));
    assertThat(second).hasSize(50).contains("program-001").doesNotContainAnyElementsOf(first);
    assertThat(admin.get(link(PATH, "next")).page().select("[rel=next]")).isEmpty();
    assertThat(names(link(link(PATH, "next"), "prev"))).isEqualTo(first);
  }

  @Test
  void revoked_tokens_are_listed_on_request() {
    assertThat(admin.get(PATH).text()).contains("Show 20 revoked");
    String all = PATH + "?revoked=1";
    assertThat(names(all)).hasSize(50).contains("program-120");
    assertThat(names(link(link(all, "next"), "next"))).hasSize(20);
  }

  @Test
  void tokens_are_found_by_a_part_of_their_name() {
    assertThat(names(PATH + "?q=GRAM-03")).hasSize(8).contains("program-031");
    assertThat(admin.get(PATH + "?q=gram-03").text()).contains("Show 2 revoked");
    String all = admin.get(PATH + "?q=gram-03").page().select("a:contains(revoked)").attr("href");
    assertThat(names(all)).hasSize(10);
    assertThat(admin.get(PATH + "?revoked=1").page().select("[role=search] [name=revoked]").val())
        .isEqualTo("1");
    assertThat(names(PATH + "?q=%25")).isEmpty();
    assertThat(admin.get(PATH + "?q=none").text()).contains("No token matches");
  }

  private static List<String> names(String path) {
    return admin.get(path).page().select("tbody th").eachText();
  }

  private static String link(String path, String rel) {
    return admin.get(path).page().select(".pager [rel=" + rel + "]").attr("href");
  }
}
