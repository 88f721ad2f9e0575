package dev.keywheel.web.keys;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.key.search.Selection;
import dev.keywheel.people.audit.event.AuditFilter;
import dev.keywheel.support.HttpBrowser;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** The CSV export of the list of keys. */
class KeyCsvTest {
  @AutoClose private final KeysSite site = new KeysSite();
  private final HttpBrowser ada = site.app.browser(site.app.admin());

  @Test
  void the_file_has_the_keys_of_the_filter_and_the_masked_secrets_only() {
    site.add(3);
    UUID off = site.add("off@example.com", "sk-or-demo-valid-secret-000088");
    site.edits().disable(site.app.admin(), Selection.of(List.of(off)));
    site.edits().tag(site.app.admin(), Selection.of(List.of(off)), "spare", true);
    var link = ada.get("/keys?status=disabled&sort=-added").page().select("#csv").attr("href");
    assertThat(link).isEqualTo("/keys/list.csv?status=disabled&sort=-added");

    var file = ada.get(link);

    assertThat(file.header("Content-Type")).contains("text/csv; charset=utf-8");
    assertThat(file.header("Content-Disposition").orElseThrow()).contains("keywheel-keys.csv");
    var lines = file.body().lines().toList();
    assertThat(lines.getFirst()).startsWith("name,key,provider,status,reason,");
    assertThat(lines).hasSize(2);
    assertThat(lines.get(1))
        .startsWith("off@example.com," + site.key("off@example.com").masked())
        .contains(",OpenRouter,Disabled,", ",spare,0,0,")
        .doesNotContain("secret-000088");
    var recorded = site.app.audit.newest(site.app.workspace(), AuditFilter.ALL, null, 1).getFirst();
    assertThat(recorded.action()).isEqualTo("exported the list of keys");
    assertThat(recorded.actor()).isEqualTo(site.app.admin().email());
    assertThat(recorded.details()).isEqualTo(Map.of("status", "disabled"));
  }

  @Test
  void the_audit_log_names_the_batch_whose_result_the_keys_of_the_file_have() {
    UUID batch = UUID.randomUUID();
    ada.get("/keys/list.csv?batch=" + batch + "&result=still_failed");
    var recorded = site.app.audit.newest(site.app.workspace(), AuditFilter.ALL, null, 1).getFirst();
    assertThat(recorded.details())
        .isEqualTo(Map.of("result", "still_failed", "batch", batch.toString()));
  }

  @Test
  void no_cell_is_a_formula() {
    site.add("=cmd|' /C calc'!A0", "sk-or-demo-valid-000001");
    site.edits()
        .setAccount(
            site.app.admin(), Selection.of(List.of(site.keys().getFirst().id())), "@SUM(1,2)");
    assertThat(ada.get("/keys/list.csv").body())
        .contains("\r\n'=cmd|' /C calc'!A0,")
        .contains(",\"'@SUM(1,2)\",");
  }

  @Test
  void a_long_list_contains_every_key_once_in_each_order() {
    site.add(2_100);
    for (String order : List.of("", "?sort=-calls", "?sort=-added")) {
      var names =
          ada.get("/keys/list.csv" + order).body().lines().skip(1).map(line -> line.split(",")[0]);
      assertThat(names)
          .as(order)
          .containsExactlyInAnyOrderElementsOf(
              IntStream.rangeClosed(1, 2_100).mapToObj("key%04d@example.com"::formatted).toList());
    }
  }
}
