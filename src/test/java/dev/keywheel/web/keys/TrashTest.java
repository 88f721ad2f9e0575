package dev.keywheel.web.keys;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static dev.keywheel.db.schema.Tables.API_KEYS;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import dev.keywheel.key.search.Selection;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.HeldRequests;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.Look;
import dev.keywheel.support.PageChecks;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Everything in the trash can be found and restored. */
@Tag("full")
final class TrashTest {
  @RegisterExtension static final Chromium chromium = new Chromium();

  private final KeysSite site = new KeysSite();
  private final HttpBrowser ada = site.app.browser(site.app.admin());

  @AfterEach
  void close() {
    site.close();
  }

  @Test
  void each_of_twenty_one_hundred_deleted_keys_is_on_one_of_its_pages() {
    addDeleted(2_121);
    assertThat(ada.get("/keys").text().contains("Trash 2,121")).isTrue();
    var names = new HashSet<String>();
    var last = "";
    for (String path = "/keys/trash?size=200"; path != null; ) {
      var page = ada.get(path).page();
      page.select("tbody th").forEach(cell -> names.add(cell.text()));
      assertThat(page.text().contains("of 2,121 keys")).as(path).isTrue();
      assertThat(page.selectFirst("td[data-label=Purged] time").text()).isEqualTo("in 7 days");
      last = page.selectFirst("tbody th").text();
      var next = page.selectFirst("a[rel=next]");
      path = next == null ? null : next.attr("href");
    }
    assertThat(names.size()).isEqualTo(2_121);
    var found = ada.get("/keys/trash?q=" + last.substring(0, 7)).page();
    assertThat(found.select("tbody tr").size()).isEqualTo(1);
    assertThat(ada.get("/keys/trash?q=nothing").text().contains("No deleted key matches")).isTrue();
  }

  @Test
  void selected_keys_a_single_key_or_all_matching_keys_are_restored() {
    List<UUID> ids = addDeleted(30);
    var ticked =
        List.of(Map.entry("id", ids.get(0).toString()), Map.entry("id", ids.get(1).toString()));
    ada.post("/keys/trash/restoration", ticked, ada.token());
    assertThat(ada.get("/keys/trash").text().contains("2 keys restored.")).isTrue();
    var oneOf =
        List.of(Map.entry("id", ids.get(2).toString()), Map.entry("only", ids.get(3).toString()));
    ada.post("/keys/trash/restoration", oneOf, ada.token());
    assertThat(site.keys().size()).as("the ticked one is kept").isEqualTo(3);
    var page = ada.get("/keys/trash?q=key001").page();
    var form = page.selectFirst("form:has(button[name=all])");
    assertThat(form.select("button").text()).isEqualTo("Restore all 10");
    site.edits().delete(site.app.admin(), Selection.of(List.of(ids.get(0))));
    ada.post(
        "/keys/trash/restoration",
        "all",
        "10",
        "q",
        form.select("[name=q]").val(),
        "as-of",
        form.select("[name=as-of]").val());
    assertThat(ada.get("/keys/trash").text().contains("10 keys restored.")).isTrue();
    assertThat(site.keys().size()).as("keys deleted since then stay in the trash").isEqualTo(12);
    ada.post("/keys/trash/restoration");
    assertThat(ada.get("/keys/trash").text().contains("Select at least one key.")).isTrue();
  }

  @Test
  void a_key_whose_purge_is_due_says_so_instead_of_naming_a_past_time() {
    addDeleted(1);
    site.database()
        .runTx(
            tx ->
                tx.dsl()
                    .update(API_KEYS)
                    .set(API_KEYS.DELETED_AT, Instant.now().minusSeconds(7 * 86_400 + 60))
                    .execute());
    var page = ada.get("/keys/trash").page();
    assertThat(page.selectFirst("td[data-label=Purged] time").text()).isEqualTo("due");
  }

  @Test
  void a_search_for_a_zero_byte_causes_no_error() {
    assertThat(ada.get("/keys/trash?q=%00").status()).isEqualTo(200);
    assertThat(ada.get("/keys/trash?q=a%00b").status()).isEqualTo(200);
  }

  @Test
  void a_long_name_stays_in_its_column() {
    UUID id = site.add("firstname.lastname@a-long-name-of-a-company.example.org", "sk-or-v1-long");
    site.edits().delete(site.app.admin(), Selection.of(List.of(id)));
    Page page = site.app.open(chromium, Look.DESKTOP, site.app.admin());
    page.navigate(site.app.url() + "/keys/trash");
    Locator name = page.locator(".key-name");
    assertThat(name.evaluate("e => e.scrollWidth - e.clientWidth")).isEqualTo(0);
    assertThat(name.innerText()).contains("example.org", "long");
  }

  @Test
  void a_selection_in_the_trash_is_kept_over_its_pages() {
    addDeleted(30);
    Page page = site.app.open(chromium, Look.DESKTOP, site.app.admin());
    page.navigate(site.app.url() + "/keys/trash?size=25");
    page.locator("tbody input").first().check();
    page.getByRole(AriaRole.LINK, named("Next")).click();
    assertThat(page.locator("tbody input")).hasCount(5);
    page.locator("tbody input").first().check();
    assertThat(page.locator("#selected-count")).hasText("2 keys selected");
    PageChecks.assertGood(page, "trash");
    page.getByRole(AriaRole.BUTTON, named("Restore selected")).click();
    assertThat(page.getByText("2 keys restored.")).isVisible();
    assertThat(page.locator(".notice")).isFocused();
    var one = page.locator("tbody th").first().innerText().substring(0, 7);
    page.getByLabel("Search the trash").fill(one);
    assertThat(page.locator("tbody tr")).hasCount(1);
    page.getByRole(AriaRole.BUTTON, named("Restore " + one + "@example.com")).click();
    assertThat(page.getByText("1 key restored.")).isVisible();
  }

  @Test
  void the_next_page_link_does_nothing_while_the_trash_is_being_searched() {
    addDeleted(30);
    Page page = site.app.open(chromium, Look.DESKTOP, site.app.admin());
    page.navigate(site.app.url() + "/keys/trash?size=25");
    var held = new HeldRequests(page, url -> url.contains("q=002"));
    page.getByLabel("Search the trash").fill("002");
    held.await();
    page.getByRole(AriaRole.LINK, named("Next")).click();
    held.release();
    assertThat(page.locator("tbody tr")).hasCount(11);
    assertThat(page).hasURL(Pattern.compile("/keys/trash\\?q=002$"));
  }

  private List<UUID> addDeleted(int keys) {
    List<UUID> ids = site.add(keys);
    site.edits().delete(site.app.admin(), Selection.of(ids));
    return ids;
  }

  private static Page.GetByRoleOptions named(String name) {
    return new Page.GetByRoleOptions().setName(name).setExact(true);
  }
}
