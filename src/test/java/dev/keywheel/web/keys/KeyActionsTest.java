package dev.keywheel.web.keys;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.people.audit.event.AuditFilter;
import dev.keywheel.people.identity.Role;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.WebApp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Conflicting actions of two users on the same keys, and the effect of large bulk actions on
 * others.
 */
@Tag("full")
final class KeyActionsTest {
  private static final String NOW = "2200-01-01T00:00:00Z";
  @AutoClose private final KeysSite site = new KeysSite();
  private final HttpBrowser ada = site.app.browser(site.app.admin());
  private final HttpBrowser bob =
      site.app.browser(site.app.member("bob@example.org", Role.OPERATOR));

  @Test
  void a_conflicting_change_names_the_earlier_user_and_changes_nothing_else() {
    UUID gone = site.add("gone@example.com", "sk-or-demo-valid-000001");
    UUID mine = site.add("mine@example.com", "sk-or-demo-valid-000002");
    site.add("bystander@example.com", "sk-or-demo-valid-000003");
    ada.post("/keys/deletion", "id", gone.toString(), "view", "/keys");
    var late = List.of(Map.entry("id", gone.toString()), Map.entry("id", mine.toString()));
    bob.post("/keys/disablement", late, bob.token());
    var text = bob.get("/keys").text();
    assertThat(text.contains("1 key disabled. 1 was already deleted by " + WebApp.EMAIL))
        .as(text)
        .isTrue();
    assertThat(site.key("mine@example.com").status()).isEqualTo(KeyStatus.DISABLED);
    assertThat(site.key("bystander@example.com").status()).isEqualTo(KeyStatus.ACTIVE);
    bob.post("/keys/deletion", "id", gone.toString());
    text = bob.get("/keys").text();
    assertThat(text.contains("0 keys deleted. 1 was already deleted by " + WebApp.EMAIL))
        .as(text)
        .isTrue();
    bob.post("/keys/deletion", late, bob.token());
    text = bob.get("/keys").text();
    assertThat(text)
        .contains("1 key moved to the trash. It can be restored for 7 days.")
        .contains("7 days. 1 was already deleted by " + WebApp.EMAIL);
    assertThat(site.keys().size()).isEqualTo(1);
    var page = bob.get("/keys/" + gone);
    assertThat(page.status()).isEqualTo(404);
    assertThat(page.text().contains("gone@example.com was already deleted by " + WebApp.EMAIL))
        .as(page.text())
        .isTrue();
    assertThat(page.page().select("main a[href=/keys/trash]").text()).isEqualTo("Open the trash");
  }

  @Test
  void a_conflicting_test_or_tag_also_names_the_earlier_user_and_a_rename_is_refused() {
    UUID gone = site.add("gone@example.com", "sk-or-demo-valid-000001");
    UUID mine = site.add("mine@example.com", "sk-or-demo-valid-000002");
    ada.post("/keys/deletion", "id", gone.toString(), "view", "/keys");
    var deleted = "1 was already deleted by " + WebApp.EMAIL;
    var both = List.of(Map.entry("id", gone.toString()), Map.entry("id", mine.toString()));
    bob.post("/keys/tests", both, bob.token());
    var text = bob.get("/keys").text();
    assertThat(text.contains("Test of 1 key started. " + deleted)).as(text).isTrue();
    bob.post("/keys/tests", "id", gone.toString());
    assertThat(bob.get("/keys").text().contains("None of these keys can be tested")).isTrue();
    bob.post("/keys/selection", "id", gone.toString(), "view", "/keys");
    text = bob.get("/keys").text();
    assertThat(text.contains("These keys no longer exist. " + deleted)).as(text).isTrue();
    int before = auditEntries();
    var renamed = bob.post("/keys/" + gone + "/name", "name", "new");
    assertThat(renamed.status()).isEqualTo(404);
    assertThat(renamed.text()).contains("Nothing was renamed.");
    assertThat(auditEntries()).isEqualTo(before);
  }

  @Test
  void a_restored_key_whose_name_was_reused_gets_another_name() {
    UUID first = site.add("conc3", "sk-or-demo-valid-000001");
    UUID second = site.add("conc4", "sk-or-demo-valid-000002");
    bob.post("/keys/" + first + "/deletion");
    bob.post("/keys/" + second + "/name", "name", "conc3");
    bob.post("/keys/trash/restoration", "id", first.toString());
    assertThat(site.pool.get(site.app.workspace(), second).name()).isEqualTo("conc3");
    assertThat(site.pool.get(site.app.workspace(), first).name()).isEqualTo("conc3 (2)");
    var changes = bob.get("/keys/" + first).text();
    assertThat(changes.contains("conc3 (2)")).as(changes).isTrue();
  }

  private int auditEntries() {
    return site.app.audit.newest(site.app.workspace(), AuditFilter.ALL, null, 1_000).size();
  }

  @Test
  void all_matching_keys_are_counted_again_before_they_are_tested() {
    site.add(19);
    var chosen =
        List.of(Map.entry("all", "1"), Map.entry("view", "/keys"), Map.entry("as-of", NOW));
    bob.post("/keys/tests", chosen, bob.token());
    var text = bob.get("/keys").text();
    assertThat(text.contains("19 keys match now; 1 matched when you selected them."))
        .as(text)
        .isTrue();

    var many =
        List.of(Map.entry("all", "2001"), Map.entry("view", "/keys"), Map.entry("as-of", NOW));
    bob.post("/keys/tests", many, bob.token());
    assertThat(bob.get("/keys").text())
        .contains("19 keys match now; 2,000+ matched when you selected them.");
  }

  @Test
  void all_matching_keys_of_a_filter_that_is_too_long_are_not_all_keys() {
    site.add(2);
    for (String view : List.of("/keys?account=" + "%E2%82%AC".repeat(222), "")) {
      for (String action : List.of("disablement", "tests", "deletion", "account", "selection")) {
        var answer =
            bob.post("/keys/" + action, "all", "0", "view", view, "as-of", NOW, "account", "mine");
        String text = answer.status() == 422 ? answer.text() : bob.get("/keys").text();
        assertThat(text).as(action).contains("This filter is too long to select all");
      }
    }
    assertThat(site.keys())
        .allMatch(key -> key.status() == KeyStatus.ACTIVE && key.account() == null);
  }

  @Test
  void control_characters_are_refused_in_names_accounts_and_tags() {
    UUID id = site.add("bob@example.com", "sk-or-demo-valid-000001");
    for (var bad : List.of("a\0b", "a\nb", "x\u202ey")) {
      assertThat(bob.post("/keys/" + id + "/name", "name", bad).status()).isEqualTo(422);
      assertThat(bob.post("/keys/" + id + "/account", "account", bad).status()).isEqualTo(422);
      for (var path : List.of("/keys/account", "/keys/tagging", "/keys/untagging")) {
        var answer = bob.post(path, "id", id.toString(), "account", bad, "tag", bad);
        assertThat(answer.status()).as(path).isEqualTo(422);
      }
    }
    assertThat(bob.post("/keys/" + id + "/name", "name", "\u200b").status()).isEqualTo(422);
    assertThat(site.key("bob@example.com").name()).isEqualTo("bob@example.com");
  }

  @Test
  void without_javascript_a_message_above_the_list_explains_why_a_disabled_key_is_not_tested() {
    UUID id = site.add("bob@example.com", "sk-or-demo-valid-000001");
    bob.post("/keys/" + id + "/disablement");
    var answer = bob.post("/keys/" + id + "/tests", "view", "/keys?q=bob");
    assertThat(answer.location()).isEqualTo("/keys?q=bob");
    var text = bob.get("/keys?q=bob").text();
    assertThat(text.contains("bob@example.com is disabled. Enable it to test it."))
        .as(text)
        .isTrue();
  }

  @Test
  void a_mass_deletion_first_reports_the_runs_that_use_the_keys() {
    List<UUID> ids = site.add(30);
    site.addRun(ids.subList(0, 3), "running");
    site.addRun(ids.subList(0, 3), "completed");
    var fields = new ArrayList<>(ids.stream().map(id -> Map.entry("id", id.toString())).toList());
    var answer = bob.post("/keys/deletion", fields, bob.token()).text();
    assertThat(answer.contains("1 run in progress uses 3 of them")).as(answer).isTrue();
    assertThat(answer.contains("Afterwards no key is left")).as(answer).isTrue();
    fields.add(Map.entry("typed", "29"));
    assertThat(bob.post("/keys/deletion", fields, bob.token()).status()).isEqualTo(422);
    assertThat(site.keys().size()).isEqualTo(30);
    fields.add(Map.entry("typed", "30"));
    fields.remove(Map.entry("typed", "29"));
    assertThat(bob.post("/keys/deletion", fields, bob.token()).status()).isEqualTo(303);
    assertThat(site.keys().size()).isEqualTo(0);
  }

  @Test
  void all_matching_keys_are_counted_again_before_their_number_is_typed() {
    site.add(1_110);
    var first = site.key("key0001@example.com").id();
    var second = site.key("key0002@example.com").id();
    var chosen =
        List.of(Map.entry("all", "1110"), Map.entry("view", "/keys"), Map.entry("as-of", NOW));
    ada.post("/keys/" + first + "/deletion");
    var answer = bob.post("/keys/deletion", chosen, bob.token());
    assertThat(answer.text().contains("Delete 1,109 keys?")).as(answer.text()).isTrue();
    assertThat(
            answer.text().contains("1,110 keys matched when you selected them; now 1,109 match."))
        .as(answer.text())
        .isTrue();
    assertThat(answer.page().select("input[name=all]").val()).isEqualTo("1109");
    ada.post("/keys/" + second + "/deletion");
    var shown =
        List.of(Map.entry("all", "1109"), Map.entry("view", "/keys"), Map.entry("as-of", NOW));
    answer = bob.post("/keys/deletion", with(shown, "typed", "1109"), bob.token());
    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.text().contains("Type 1,108 to delete them.")).as(answer.text()).isTrue();
    answer = bob.post("/keys/deletion", with(shown, "typed", "1108"), bob.token());
    assertThat(answer.status())
        .as("the new number does not confirm the outdated page")
        .isEqualTo(422);
    shown = List.of(Map.entry("all", "1108"), Map.entry("view", "/keys"), Map.entry("as-of", NOW));
    bob.post("/keys/deletion", with(shown, "typed", "1,108"), bob.token());
    assertThat(bob.get("/keys").text().contains("1,108 keys moved to the trash.")).isTrue();
  }

  @Test
  void the_audit_log_names_the_keys_with_their_old_and_new_values() {
    List<UUID> ids = site.add(12);
    bob.post("/keys/" + ids.getFirst() + "/name", "name", "new@example.com");
    assertThat(lastAuditDetails())
        .isEqualTo(
            Map.of(
                "keys",
                "1",
                "names",
                "key0001@example.com",
                "was",
                "key0001@example.com",
                "now",
                "new@example.com"));
    bob.post("/keys/" + ids.getFirst() + "/account", "account", "acc-7");
    assertThat(lastAuditDetails())
        .isEqualTo(Map.of("keys", "1", "names", "new@example.com", "was", "none", "now", "acc-7"));
    var all = ids.stream().map(id -> Map.entry("id", id.toString())).toList();
    bob.post("/keys/disablement", all, bob.token());
    assertThat(lastAuditDetails().get("keys")).isEqualTo("12");
    assertThat(lastAuditDetails().get("names").endsWith("key0010@example.com and more")).isTrue();
    bob.post("/keys/" + ids.getLast() + "/deletion");
    assertThat(lastAuditDetails()).isEqualTo(Map.of("keys", "1", "names", "key0012@example.com"));
    assertThat(site.app.audit.findings(site.app.workspace()).isEmpty()).isTrue();
  }

  @Test
  void the_history_of_a_key_shows_changes_by_users_to_all_roles() {
    UUID id = site.add("old@example.com", "sk-or-demo-revoked-01");
    bob.post("/keys/" + id + "/name", "name", "new@example.com");
    ada.post("/keys/" + id + "/tests", "view", "/keys");
    bob.post("/keys/" + id + "/disablement");
    bob.post("/keys/" + id + "/enablement");
    var viewer = site.app.browser(site.app.member("vic@example.org", Role.VIEWER));
    assertThat(viewer.get("/keys/" + id).text().contains("Provider OpenRouter")).isTrue();
    var changes = viewer.get("/keys/" + id).page().select("table[aria-labelledby=changes]").text();
    assertThat(changes.contains("Renamed “old@example.com” → “new@example.com”"))
        .as(changes)
        .isTrue();
    assertThat(changes.contains("Disabled by a user")).as(changes).isTrue();
    assertThat(changes.contains("Enabled by a user, failed as before: Rejected"))
        .as(changes)
        .isTrue();
  }

  @Test
  void a_form_on_another_page_leads_back_to_that_page() {
    UUID id = site.add("bob@example.com", "sk-or-demo-valid-000001");
    bob.post("/keys/" + id + "/disablement");
    var view = "/keys?status=disabled&provider=openrouter";
    assertThat(bob.post("/keys/enablement", "view", view, "next", "/").location()).isEqualTo("/");
    assertThat(bob.post("/keys/enablement", "view", view).location()).isEqualTo(view);
    var elsewhere = bob.post("/keys/enablement", "view", view, "next", "//example.com/");
    assertThat(elsewhere.location()).isEqualTo(view);
  }

  private Map<String, String> lastAuditDetails() {
    return site.app
        .audit
        .newest(site.app.workspace(), AuditFilter.ALL, null, 1)
        .getFirst()
        .details();
  }

  @Test
  void a_crafted_url_shows_no_message_and_a_reload_repeats_none() {
    UUID id = site.add("bob@example.com", "sk-or-demo-valid-000001");
    var crafted = "/keys?deleted=" + id + "&count=98765&imported=" + id;
    assertThat(bob.get(crafted).page().select(".notice").size()).isEqualTo(0);
    assertThat(bob.post("/keys/" + id + "/deletion").location()).isEqualTo("/keys");
    var undo = bob.get("/keys").page().selectFirst("form[data-undo]");
    assertThat(bob.get("/keys").page().select("form[data-undo]").size()).isEqualTo(0);
    bob.post(undo.attr("action"), "view", "/keys");
    assertThat(site.keys().size()).isEqualTo(1);
  }

  @Test
  void a_change_counts_keys_that_it_moves_out_of_the_filter() {
    List<UUID> ids = site.add(3);
    var all = List.of(Map.entry("all", "3"), Map.entry("view", "/keys"), Map.entry("as-of", NOW));
    bob.post("/keys/tagging", with(all, "tag", "spare"), bob.token());
    var filtered =
        List.of(
            Map.entry("all", "3"), Map.entry("view", "/keys?tag=spare"), Map.entry("as-of", NOW));
    bob.post("/keys/untagging", with(filtered, "tag", "spare"), bob.token());
    assertThat(bob.get("/keys").text().contains("3 keys untagged."))
        .as(bob.get("/keys").text())
        .isTrue();
    bob.post("/keys/account", with(all, "account", "one"), bob.token());
    filtered =
        List.of(
            Map.entry("all", "3"), Map.entry("view", "/keys?account=one"), Map.entry("as-of", NOW));
    bob.post("/keys/account", with(filtered, "account", "two"), bob.token());
    var history = bob.get("/keys/" + ids.getFirst()).page().select("#changes ~ *, table").text();
    assertThat(history.split("Tags changed", -1).length - 1).as(history).isEqualTo(2);
    assertThat(history.split("Account set", -1).length - 1).as(history).isEqualTo(2);
    assertThat(history.contains("Tags changed + spare")).as(history).isTrue();
    assertThat(history.contains("Tags changed – spare")).as(history).isTrue();
    assertThat(history.contains("Account set none → “one”")).as(history).isTrue();
    assertThat(history.contains("Account set “one” → “two”")).as(history).isTrue();
  }

  @Test
  void a_name_or_account_that_another_user_changed_is_not_overwritten_unseen() {
    UUID id = site.add("bob@example.com", "sk-or-demo-valid-000001");
    String path = "/keys/" + id;
    var seen = ada.get(path).page();
    bob.post(path + "/name", "name", "carl@example.com");
    bob.post(path + "/account", "account", "team 1");
    for (String field : List.of("name", "account")) {
      String form = "form[action$=/" + field + "] [name=based_on]";
      String basis = seen.select(form).val();
      var error = ada.post(path + "/" + field, field, "x".repeat(300), "based_on", basis);
      assertThat(error.status()).isEqualTo(422);
      basis = error.page().select(form).val();
      var answer = ada.post(path + "/" + field, field, "mine", "based_on", basis);
      assertThat(answer.status()).as(field).isEqualTo(422);
      assertThat(answer.page().select("#e-" + field).text())
          .startsWith("The " + field + " was changed after you opened this page to “");
      assertThat(answer.page().select("#f-" + field).val()).isEqualTo("mine");
      basis = answer.page().select(form).val();
      assertThat(ada.post(path + "/" + field, field, "mine", "based_on", basis).status())
          .isEqualTo(303);
      String old = seen.select(form).val();
      assertThat(ada.post(path + "/" + field, field, "mine", "based_on", old).status())
          .as("the same %s once more", field)
          .isEqualTo(303);
    }
    assertThat(site.key("mine").account()).isEqualTo("mine");
  }

  @Test
  void only_the_list_that_shows_older_rows_of_a_key_leads_to_the_newest() {
    UUID id = site.add("bob@example.com", "sk-or-demo-valid-000001");
    for (var part : List.of("changes=1", "tests=2040-01-01T00:00:00Z", "uses=1")) {
      var links = ada.get("/keys/" + id + "?" + part).page().select("a:contains(Newest)");
      String list = part.substring(0, part.indexOf('='));
      assertThat(links.eachAttr("href")).containsExactly("/keys/" + id + "#" + list);
    }
  }

  @Test
  void tags_of_a_key_are_changed_on_its_page_which_stays_open() {
    UUID id = site.add("bob@example.com", "sk-or-demo-valid-000001");
    var form = bob.get("/keys/" + id).page().selectFirst("form[action=/keys/tagging]");
    assertThat(form.select("[name=id]").val()).isEqualTo(id.toString());
    var path = form.select("[name=view]").val();
    bob.post("/keys/tagging", "id", id.toString(), "view", path, "tag", "Spare");
    var refused = bob.post("/keys/tagging", "id", id.toString(), "view", path, "tag", "a,b");
    assertThat(refused.page().select(".field-error").text()).contains("no comma");
    assertThat(refused.page().select("a:contains(Back to the key)").attr("href"))
        .isEqualTo("/keys/" + id);

    var page = bob.get("/keys/" + id).page();
    assertThat(page.select("dd .chip").text()).isEqualTo("spare");
    var removal = page.selectFirst("form[action=/keys/untagging]");
    assertThat(removal.select("button").attr("aria-label")).isEqualTo("Remove the tag spare");
    var removed =
        bob.post(
            "/keys/untagging",
            "id",
            id.toString(),
            "view",
            path,
            "tag",
            removal.select("[name=tag]").val());
    assertThat(removed.location()).isEqualTo("/keys/" + id);
    page = bob.get("/keys/" + id).page();
    assertThat(page.select("dd .chip")).isEmpty();
    assertThat(page.select("form[data-undo] [name=view]").val()).isEqualTo("/keys/" + id);
  }

  @Test
  void deleted_keys_can_be_restored_for_seven_days_then_their_secrets_are_erased() {
    UUID id = site.add("bob@example.com", "sk-or-demo-valid-000001");
    bob.post("/keys/" + id + "/deletion");
    assertThat(rows(id)).isEqualTo(1);
    bob.post("/keys/trash/restoration", "id", id.toString());
    assertThat(site.keys().size()).isEqualTo(1);
    bob.post("/keys/" + id + "/deletion");
    site.database()
        .runTx(
            tx ->
                tx.dsl()
                    .update(API_KEYS)
                    .set(API_KEYS.DELETED_AT, Instant.now().minusSeconds(7 * 86_400 + 60))
                    .execute());
    site.edits().purgeExpired();
    assertThat(rows(id)).as("the row is gone, and its ciphertext with it").isEqualTo(0);
    assertThat(bob.get("/keys/" + id).text().contains("It may have been purged")).isTrue();
  }

  @Test
  void the_history_of_a_key_is_paged_and_leads_to_the_runs() {
    UUID id = site.add("busy@example.com", "sk-or-demo-ratelimited-90s");
    UUID run = site.addRun(List.of(id), "completed");
    site.addAttempts(id, run, 120);
    var page = ada.get("/keys/" + id);
    assertThat(page.text().contains("40 of the last 50 calls succeeded")).as(page.text()).isTrue();
    assertThat(page.page().select("svg[role=img]:not(.sparkline) rect").size()).isEqualTo(50);
    int calls = 0;
    var models = new HashSet<String>();
    for (String path = "/keys/" + id; path != null; ) {
      var part = ada.get(path).page();
      var links = part.select("section[aria-labelledby=uses] a[href^=/runs/]");
      assertThat(links.getFirst().attr("href").startsWith("/runs/" + run + "#operation-")).isTrue();
      calls += links.size();
      part.select("section[aria-labelledby=uses] td[data-label=Model]")
          .forEach(cell -> models.add(cell.text()));
      var older = part.selectFirst("section[aria-labelledby=uses] a[rel=next]");
      path = older == null ? null : older.attr("href").replaceAll("#.*", "");
    }
    assertThat(calls).isEqualTo(120);
    assertThat(models.size()).as("each call once").isEqualTo(120);
  }

  private int rows(UUID id) {
    return site.database().read(dsl -> dsl.fetchCount(API_KEYS, API_KEYS.ID.eq(id)));
  }

  private static List<Map.Entry<String, String>> with(
      List<Map.Entry<String, String>> fields, String name, String value) {
    var all = new ArrayList<>(fields);
    all.add(Map.entry(name, value));
    return all;
  }
}
