package dev.keywheel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.HttpBrowser;
import org.jsoup.select.Elements;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The filter of the list of requests by one of 400 access tokens, of which only the first is used.
 */
@Tag("full")
class TokenChoiceTest {
  private static final String PATH = "/gateway/requests";

  @AutoClose private static RunningApp app;
  private static HttpBrowser admin;

  @BeforeAll
  static void start() {
    app = RunningApp.withAdministrator();
    admin = app.administrator();
    app.asOwner(
        """
            insert into gateway_tokens (id, workspace_id, name, created_at, created_by, last_used_at)
            select lpad(n::text, 32, '0')::uuid, id, 'program-' || n, timestamptz '2026-11-01' + n * interval '1 min',
                   'ada@example.org', case when n = 1 then timestamptz '2026-11-30' end
              from workspaces, generate_series(1, 400) n
             where archived_at is null and exists (select from members where workspace_id = workspaces.id)\
            """);
  }

  @Test
  void the_300_tokens_that_were_used_or_created_last_can_be_chosen() {
    assertThat(options(PATH).eachText())
        .hasSize(1 + 300)
        .contains("All", "program-1", "program-400", "program-102")
        .doesNotContain("program-2", "program-101");
  }

  @Test
  void another_token_can_be_chosen_on_its_own_page() {
    var page = admin.get("/gateway/tokens/00000000-0000-0000-0000-000000000002").page();

    Elements options = options(page.select("main a:contains(Gateway requests)").attr("href"));

    assertThat(options).hasSize(1 + 300 + 1);
    assertThat(options.select("[selected]").eachText()).containsExactly("program-2");
  }

  private static Elements options(String path) {
    return admin.get(path).page().select("#by-token option");
  }
}
