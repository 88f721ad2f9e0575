package dev.keywheel.web.keys;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.AUDIT_EVENTS;
import static dev.keywheel.db.schema.Tables.KEY_CHANGES;
import static dev.keywheel.db.schema.Tables.KEY_IMPORTS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.HttpBrowser.Answer;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys in wrong places: two on a line, in a name, in a search. */
@Tag("full")
final class PastedSecretsTest {
  private static final String ONE = "sk-or-v1-" + "0123456789abcdef".repeat(3) + "0123456789ab1111";
  private static final String TWO = "sk-or-v1-" + "fedcba9876543210".repeat(3) + "fedcba9876542222";

  /** Has a format that tests may send in an address. */
  private static final String OTHER = "sk-test-0123456789abcd3333";

  @AutoClose private final KeysSite site = new KeysSite();
  private final HttpBrowser browser = site.app.browser(site.app.admin());

  @ParameterizedTest
  @ValueSource(
      strings = {"ONE TWO", "ONE,TWO", "ONE; TWO", "KEYS=ONE,TWO", "KEYS=\"ONE TWO\" # both"})
  void two_keys_on_a_line_are_imported_as_two(String line) {
    var preview = preview(filled(line));
    assertThat(preview.text()).contains("Import 2 keys");
    browser.post(path(preview) + "/confirmation");
    assertThat(site.keys()).hasSize(2);
    assertThat(site.keys())
        .extracting(key -> key.lastFour())
        .containsExactlyInAnyOrder("1111", "2222");
    assertStoredNowhere();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "The first is ONE and the second: TWO",
        "ada@example.com,ONE,bob@example.com,TWO",
        "name,key,account\nONE,TWO,acme",
        "name,key,account\nbob,ONE,TWO",
        "[{\"name\":\"ONE\",\"key\":\"TWO\"}]",
        "{\"name\":\"ONE\",\"key\":\"TWO\"}\n{\"name\":\"ONE\",\"key\":\"TWO\"}",
      })
  void an_ambiguous_line_is_refused_and_shows_only_last_four_characters(String text) {
    var preview = preview(filled(text));
    assertThat(preview.text())
        .contains("There is nothing new to import", "2 keys on one line", "…1111", "…2222");
    for (var answer : List.of(preview, browser.get(path(preview) + "/report.csv"))) {
      assertThat(answer.body()).doesNotContain(ONE.substring(0, 20), TWO.substring(0, 20));
    }
    assertStoredNowhere();
  }

  @Test
  void a_key_broken_by_a_newline_is_not_imported_in_halves() {
    var preview =
        preview("bob " + ONE.substring(0, 41) + "\r\n" + ONE.substring(41) + "\r\n" + TWO);
    assertThat(preview.text())
        .contains("Import 1 key", "Lines 1 and 2 are one key (…1111) broken by a newline");
    var shorter = preview(TWO.substring(0, 40));
    assertThat(shorter.text())
        .contains("Import 1 key", "Shorter than a normal OpenRouter key (40 of 73 characters)");
  }

  @ParameterizedTest
  @CsvSource({"name, name", "account, account"})
  void the_name_and_the_account_of_a_key_accept_no_secret(String field, String path) {
    var id = site.add("ada@example.com", "sk-or-demo-valid-000001");
    var answer = browser.post("/keys/" + id + "/" + path, field, "his " + ONE);
    assertRefused(answer, field);
    assertThat(site.key("ada@example.com").account()).isNull();
    assertStoredNowhere();
  }

  @ParameterizedTest
  @CsvSource({"tag, tagging", "tag, untagging", "account, account"})
  void no_selection_accepts_a_secret_as_tag_or_account(String field, String path) {
    var id = site.add("ada@example.com", "sk-or-demo-valid-000001");
    assertRefused(browser.post("/keys/" + path, "id", id.toString(), field, OTHER), field);
    assertStoredNowhere();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/keys?q=", "/keys?account=", "/keys?tag=", "/keys?model=", "/keys?try="})
  void a_key_in_a_search_is_removed_from_the_address(String path) {
    site.add(2);
    var answer = browser.get(path + OTHER + "&size=50");
    assertThat(answer.status()).isEqualTo(303);
    assertThat(answer.location()).isEqualTo(path.substring(0, path.indexOf('?')) + "?size=50");
    var page = browser.get(answer.location());
    assertThat(page.text()).contains(" a key (…3333)", "key0001@example.com");
    assertThat(page.body()).doesNotContain(OTHER);
  }

  @Test
  void the_other_parameters_keep_all_their_values() {
    var answer = browser.get("/keys?id=1&q=" + OTHER + "&id=2&tag=a&id=3");
    assertThat(answer.location()).isEqualTo("/keys?id=1&id=2&id=3&tag=a");
  }

  @Test
  void a_search_by_htmx_for_a_key_is_refused_with_a_message() {
    var answer = browser.get("/keys/rows?q=his+" + OTHER, "HX-Request", "true");
    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.body()).contains("contains a key (…3333)").doesNotContain(OTHER);
    assertThat(browser.get("/keys?q=" + OTHER).status()).isEqualTo(303);
    assertThat(site.app.browser().get("/keys?q=" + OTHER).location()).isEqualTo("/keys");
  }

  private static void assertRefused(Answer answer, String field) {
    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.page().select("#e-" + field).text()).contains("This looks like a key (…");
    assertThat(answer.body()).doesNotContain(ONE, OTHER);
  }

  /** Asserts that neither the page nor a column of text contains a key. */
  private void assertStoredNowhere() {
    var all =
        site.database()
                .read(
                    dsl ->
                        dsl.selectFrom(API_KEYS).fetch().formatJSON()
                            + dsl.selectFrom(KEY_IMPORTS).fetch().formatJSON()
                            + dsl.selectFrom(KEY_CHANGES).fetch().formatJSON()
                            + dsl.selectFrom(AUDIT_EVENTS).fetch().formatJSON())
            + browser.get("/keys").body();
    assertThat(all).doesNotContain(ONE.substring(0, 20), TWO.substring(0, 20), OTHER);
  }

  private static String filled(String text) {
    return text.replace("ONE", ONE).replace("TWO", TWO);
  }

  private Answer preview(String text) {
    var sent = browser.post("/keys/imports", "provider", "openrouter", "keys", text);
    assertThat(sent.status()).as(sent.text()).isEqualTo(303);
    return browser.get(sent.location());
  }

  private static String path(Answer preview) {
    var report = preview.page().selectFirst("a[href$=/report.csv]");
    assertThat(report).isNotNull();
    return report.attr("href").replace("/report.csv", "");
  }
}
