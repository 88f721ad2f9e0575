package dev.keywheel.web.keys;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What two people do to the same keys, and what many keys at once mean for others. */
final class KeyActionsTest {
  private static final String NOW = "2200-01-01T00:00:00Z";
  private final KeysSite site = new KeysSite();
  private HttpBrowser ada;
  private HttpBrowser bob;

  @BeforeEach
  void signIn() {
    ada = site.app.browser(site.app.admin());
    bob = site.app.browser(site.app.member("bob@example.org", Role.OPERATOR));
  }

  @AfterEach
  void close() {
    site.close();
  }

  @Test
  void who_comes_late_reads_who_was_first_and_hits_nothing_else() {
    UUID gone = site.add("gone@example.com", "sk-or-demo-valid-000001");
    UUID mine = site.add("mine@example.com", "sk-or-demo-valid-000002");
    site.add("bystander@example.com", "sk-or-demo-valid-000003");
    ada.post("/keys/deletion", "id", gone.toString(), "view", "/keys");
    var late = List.of(Map.entry("id", gone.toString()), Map.entry("id", mine.toString()));
    bob.post("/keys/disablement", late, bob.token());
    var said = bob.get("/keys").text();
    assertTrue(said.contains("1 key disabled. 1 was already deleted by " + WebApp.EMAIL), said);
    assertEquals(KeyStatus.DISABLED, site.key("mine@example.com").status());
    assertEquals(KeyStatus.ACTIVE, site.key("bystander@example.com").status());
    bob.post("/keys/deletion", "id", gone.toString());
    said = bob.get("/keys").text();
    assertTrue(said.contains("0 keys deleted. 1 was already deleted by " + WebApp.EMAIL), said);
    bob.post("/keys/deletion", late, bob.token());
    assertEquals(1, site.keys().size());
    var page = bob.get("/keys/" + gone);
    assertEquals(404, page.status());
    assertTrue(
        page.text().contains("gone@example.com was already deleted by " + WebApp.EMAIL),
        page.text());
  }

  @Test
  void who_comes_late_to_a_test_a_tag_or_a_name_reads_it_too() {
    UUID gone = site.add("gone@example.com", "sk-or-demo-valid-000001");
    UUID mine = site.add("mine@example.com", "sk-or-demo-valid-000002");
    ada.post("/keys/deletion", "id", gone.toString(), "view", "/keys");
    var deleted = "1 was already deleted by " + WebApp.EMAIL;
    var both = List.of(Map.entry("id", gone.toString()), Map.entry("id", mine.toString()));
    bob.post("/keys/tests", both, bob.token());
    var said = bob.get("/keys").text();
    assertTrue(said.contains("Testing 1 key. " + deleted), said);
    bob.post("/keys/tests", "id", gone.toString());
    assertTrue(bob.get("/keys").text().contains("None of these keys can be tested"));
    bob.post("/keys/selection", "id", gone.toString(), "view", "/keys");
    said = bob.get("/keys").text();
    assertTrue(said.contains("These keys no longer exist. " + deleted), said);
    int before = deeds();
    assertEquals(404, bob.post("/keys/" + gone + "/name", "name", "new").status());
    assertEquals(before, deeds());
  }

  @Test
  void a_name_that_was_given_away_meanwhile_is_not_restored_twice() {
    UUID first = site.add("conc3", "sk-or-demo-valid-000001");
    UUID second = site.add("conc4", "sk-or-demo-valid-000002");
    bob.post("/keys/" + first + "/deletion");
    bob.post("/keys/" + second + "/name", "name", "conc3");
    bob.post("/keys/trash/restoration", "id", first.toString());
    assertEquals("conc3", site.pool.get(site.app.workspace(), second).name());
    assertEquals("conc3 (2)", site.pool.get(site.app.workspace(), first).name());
    var changes = bob.get("/keys/" + first).text();
    assertTrue(changes.contains("conc3 (2)"), changes);
  }

  private int deeds() {
    return site.app.audit.newest(site.app.workspace(), AuditFilter.ALL, null, 1_000).size();
  }

  @Test
  void all_that_match_are_counted_again_before_they_are_tested() {
    site.add(19);
    var chosen =
        List.of(Map.entry("all", "1"), Map.entry("view", "/keys"), Map.entry("as-of", NOW));
    bob.post("/keys/tests", chosen, bob.token());
    var said = bob.get("/keys").text();
    assertTrue(said.contains("19 keys match now, not 1 as when you selected them."), said);
  }

  @Test
  void what_cannot_be_read_is_no_name_account_or_tag() {
    UUID id = site.add("bob@example.com", "sk-or-demo-valid-000001");
    for (var bad : List.of("a\0b", "a\nb", "x\u202ey")) {
      assertEquals(422, bob.post("/keys/" + id + "/name", "name", bad).status());
      assertEquals(422, bob.post("/keys/" + id + "/account", "account", bad).status());
      for (var path : List.of("/keys/account", "/keys/tagging", "/keys/untagging")) {
        var answer = bob.post(path, "id", id.toString(), "account", bad, "tag", bad);
        assertEquals(422, answer.status(), path);
      }
    }
    assertEquals(422, bob.post("/keys/" + id + "/name", "name", "\u200b").status());
    assertEquals("bob@example.com", site.key("bob@example.com").name());
  }

  @Test
  void a_disabled_key_is_told_above_the_list_without_javascript() {
    UUID id = site.add("bob@example.com", "sk-or-demo-valid-000001");
    bob.post("/keys/" + id + "/disablement");
    var answer = bob.post("/keys/" + id + "/tests", "view", "/keys?q=bob");
    assertEquals("/keys?q=bob", answer.location());
    var said = bob.get("/keys?q=bob").text();
    assertTrue(said.contains("bob@example.com is disabled. Enable it to test it."), said);
  }

  @Test
  void what_a_mass_deletion_stops_is_said_before_it_is_made() {
    List<UUID> ids = site.add(30);
    site.run(ids.subList(0, 3), "running");
    site.run(ids.subList(0, 3), "completed");
    var fields = new ArrayList<>(ids.stream().map(id -> Map.entry("id", id.toString())).toList());
    var asked = bob.post("/keys/deletion", fields, bob.token()).text();
    assertTrue(asked.contains("1 run in progress uses 3 of them"), asked);
    assertTrue(asked.contains("Afterwards no key is left"), asked);
    fields.add(Map.entry("typed", "29"));
    assertEquals(422, bob.post("/keys/deletion", fields, bob.token()).status());
    assertEquals(30, site.keys().size());
    fields.add(Map.entry("typed", "30"));
    fields.remove(Map.entry("typed", "29"));
    assertEquals(303, bob.post("/keys/deletion", fields, bob.token()).status());
    assertEquals(0, site.keys().size());
  }

  @Test
  void all_that_match_are_counted_again_before_their_number_is_typed() {
    site.add(1_110);
    var first = site.key("key0001@example.com").id();
    var second = site.key("key0002@example.com").id();
    var chosen =
        List.of(Map.entry("all", "1110"), Map.entry("view", "/keys"), Map.entry("as-of", NOW));
    ada.post("/keys/" + first + "/deletion");
    var asked = bob.post("/keys/deletion", chosen, bob.token());
    assertTrue(asked.text().contains("Delete 1,109 keys?"), asked.text());
    assertTrue(
        asked.text().contains("1,110 keys matched when you chose; now 1,109 match."), asked.text());
    assertEquals("1109", asked.page().select("input[name=all]").val());
    ada.post("/keys/" + second + "/deletion");
    var shown =
        List.of(Map.entry("all", "1109"), Map.entry("view", "/keys"), Map.entry("as-of", NOW));
    asked = bob.post("/keys/deletion", with(shown, "typed", "1109"), bob.token());
    assertEquals(422, asked.status());
    assertTrue(asked.text().contains("Type 1,108 to delete them."), asked.text());
    asked = bob.post("/keys/deletion", with(shown, "typed", "1108"), bob.token());
    assertEquals(422, asked.status(), "the number of the other page is none for this one");
    shown = List.of(Map.entry("all", "1108"), Map.entry("view", "/keys"), Map.entry("as-of", NOW));
    bob.post("/keys/deletion", with(shown, "typed", "1,108"), bob.token());
    assertTrue(bob.get("/keys").text().contains("1,108 keys moved to the trash."));
  }

  @Test
  void the_record_names_the_keys_and_what_they_were_and_are() {
    List<UUID> ids = site.add(12);
    bob.post("/keys/" + ids.getFirst() + "/name", "name", "new@example.com");
    assertEquals(
        Map.of(
            "keys",
            "1",
            "names",
            "key0001@example.com",
            "was",
            "key0001@example.com",
            "now",
            "new@example.com"),
        lastDeed());
    bob.post("/keys/" + ids.getFirst() + "/account", "account", "acc-7");
    assertEquals(
        Map.of("keys", "1", "names", "new@example.com", "was", "none", "now", "acc-7"), lastDeed());
    var all = ids.stream().map(id -> Map.entry("id", id.toString())).toList();
    bob.post("/keys/disablement", all, bob.token());
    assertEquals("12", lastDeed().get("keys"));
    assertTrue(lastDeed().get("names").endsWith("key0010@example.com and more"));
    bob.post("/keys/" + ids.getLast() + "/deletion");
    assertEquals(Map.of("keys", "1", "names", "key0012@example.com"), lastDeed());
    assertTrue(site.app.audit.findings(site.app.workspace()).isEmpty());
  }

  @Test
  void the_history_of_a_key_says_what_a_person_changed_for_everybody_who_sees_the_key() {
    UUID id = site.add("old@example.com", "sk-or-demo-revoked-01");
    bob.post("/keys/" + id + "/name", "name", "new@example.com");
    ada.post("/keys/" + id + "/tests", "view", "/keys");
    bob.post("/keys/" + id + "/disablement");
    bob.post("/keys/" + id + "/enablement");
    var viewer = site.app.browser(site.app.member("vic@example.org", Role.VIEWER));
    assertTrue(viewer.get("/keys/" + id).text().contains("Provider OpenRouter"));
    var changes = viewer.get("/keys/" + id).page().select("table[aria-labelledby=changes]").text();
    assertTrue(changes.contains("Renamed “old@example.com” → “new@example.com”"), changes);
    assertTrue(changes.contains("Disabled by a user"), changes);
    assertTrue(changes.contains("Enabled by a user, failed as before: Rejected"), changes);
  }

  @Test
  void a_form_on_another_page_leads_back_to_that_page() {
    UUID id = site.add("bob@example.com", "sk-or-demo-valid-000001");
    bob.post("/keys/" + id + "/disablement");
    var view = "/keys?status=disabled&provider=openrouter";
    assertEquals("/", bob.post("/keys/enablement", "view", view, "next", "/").location());
    assertEquals(view, bob.post("/keys/enablement", "view", view).location());
    var elsewhere = bob.post("/keys/enablement", "view", view, "next", "//example.com/");
    assertEquals(view, elsewhere.location());
  }

  private Map<String, String> lastDeed() {
    return site.app
        .audit
        .newest(site.app.workspace(), AuditFilter.ALL, null, 1)
        .getFirst()
        .details();
  }

  @Test
  void a_crafted_address_shows_no_notice_and_a_reload_repeats_none() {
    UUID id = site.add("bob@example.com", "sk-or-demo-valid-000001");
    var crafted = "/keys?deleted=" + id + "&count=98765&imported=" + id;
    assertEquals(0, bob.get(crafted).page().select(".notice").size());
    assertEquals("/keys", bob.post("/keys/" + id + "/deletion").location());
    var undo = bob.get("/keys").page().selectFirst("form[data-undo]");
    assertEquals(0, bob.get("/keys").page().select("form[data-undo]").size());
    bob.post(undo.attr("action"), "view", "/keys");
    assertEquals(1, site.keys().size());
  }

  @Test
  void a_change_that_moves_keys_out_of_the_filter_counts_and_notes_them_all_the_same() {
    List<UUID> ids = site.add(3);
    var all = List.of(Map.entry("all", "3"), Map.entry("view", "/keys"), Map.entry("as-of", NOW));
    bob.post("/keys/tagging", with(all, "tag", "spare"), bob.token());
    var filtered =
        List.of(
            Map.entry("all", "3"), Map.entry("view", "/keys?tag=spare"), Map.entry("as-of", NOW));
    bob.post("/keys/untagging", with(filtered, "tag", "spare"), bob.token());
    assertTrue(bob.get("/keys").text().contains("3 keys untagged."), bob.get("/keys").text());
    bob.post("/keys/account", with(all, "account", "one"), bob.token());
    filtered =
        List.of(
            Map.entry("all", "3"), Map.entry("view", "/keys?account=one"), Map.entry("as-of", NOW));
    bob.post("/keys/account", with(filtered, "account", "two"), bob.token());
    var history = bob.get("/keys/" + ids.getFirst()).page().select("#changes ~ *, table").text();
    assertEquals(2, history.split("Tags changed", -1).length - 1, history);
    assertEquals(2, history.split("Account set", -1).length - 1, history);
    assertTrue(history.contains("Tags changed + spare"), history);
    assertTrue(history.contains("Tags changed – spare"), history);
    assertTrue(history.contains("Account set none → “one”"), history);
    assertTrue(history.contains("Account set “one” → “two”"), history);
  }

  @Test
  void the_trash_gives_back_for_seven_days_and_then_holds_no_secret_any_more() {
    UUID id = site.add("bob@example.com", "sk-or-demo-valid-000001");
    bob.post("/keys/" + id + "/deletion");
    assertEquals(1, rows(id));
    bob.post("/keys/trash/restoration", "id", id.toString());
    assertEquals(1, site.keys().size());
    bob.post("/keys/" + id + "/deletion");
    site.database()
        .runTx(
            tx ->
                tx.dsl()
                    .update(API_KEYS)
                    .set(API_KEYS.DELETED_AT, Instant.now().minusSeconds(7 * 86_400 + 60))
                    .execute());
    site.edits().emptyTrash();
    assertEquals(0, rows(id), "the row is gone, and its ciphertext with it");
    assertTrue(bob.get("/keys/" + id).text().contains("It may have been purged"));
  }

  @Test
  void the_history_of_a_key_is_paged_and_leads_to_the_runs() {
    UUID id = site.add("busy@example.com", "sk-or-demo-ratelimited-90s");
    UUID run = site.run(List.of(id), "completed");
    site.attempts(id, run, 120);
    var page = ada.get("/keys/" + id);
    assertTrue(page.text().contains("40 of the last 50 calls succeeded"), page.text());
    assertEquals(50, page.page().select("svg[role=img]:not(.sparkline) rect").size());
    int calls = 0;
    var models = new HashSet<String>();
    for (String path = "/keys/" + id; path != null; ) {
      var part = ada.get(path).page();
      var links = part.select("section[aria-labelledby=uses] a[href^=/runs/]");
      assertTrue(links.getFirst().attr("href").startsWith("/runs/" + run + "#operation-"));
      calls += links.size();
      part.select("section[aria-labelledby=uses] td[data-label=Model]")
          .forEach(cell -> models.add(cell.text()));
      var older = part.selectFirst("section[aria-labelledby=uses] a[rel=next]");
      path = older == null ? null : older.attr("href").replaceAll("#.*", "");
    }
    assertEquals(120, calls);
    assertEquals(120, models.size(), "each call once");
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
