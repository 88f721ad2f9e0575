package dev.keywheel.web.keys;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import dev.keywheel.key.search.Selection;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.Look;
import dev.keywheel.support.PageChecks;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Everything in the trash can be found and given back. */
final class TrashTest {
  @RegisterExtension static final Chromium chromium = new Chromium();

  private final KeysSite site = new KeysSite();
  private HttpBrowser ada;

  @BeforeEach
  void signIn() {
    ada = site.app.browser(site.app.admin());
  }

  @AfterEach
  void close() {
    site.close();
  }

  @Test
  void each_of_eleven_hundred_deleted_keys_is_on_one_of_its_pages() {
    deleted(1_121);
    assertTrue(ada.get("/keys").text().contains("Trash 1,121"));
    var names = new HashSet<String>();
    var last = "";
    for (String path = "/keys/trash?size=200"; path != null; ) {
      var page = ada.get(path).page();
      page.select("tbody th").forEach(cell -> names.add(cell.text()));
      assertTrue(page.text().contains("of 1,121 keys"), path);
      assertEquals("in 7 days", page.selectFirst("td[data-label=Purged] time").text());
      last = page.selectFirst("tbody th").text();
      var next = page.selectFirst("a[rel=next]");
      path = next == null ? null : next.attr("href");
    }
    assertEquals(1_121, names.size());
    var found = ada.get("/keys/trash?q=" + last.substring(0, 7)).page();
    assertEquals(1, found.select("tbody tr").size());
    assertTrue(ada.get("/keys/trash?q=nothing").text().contains("No deleted key matches"));
  }

  @Test
  void the_ticked_ones_come_back_or_one_by_its_button_or_all_that_were_found() {
    List<UUID> ids = deleted(30);
    var ticked =
        List.of(Map.entry("id", ids.get(0).toString()), Map.entry("id", ids.get(1).toString()));
    ada.post("/keys/trash/restoration", ticked, ada.token());
    assertTrue(ada.get("/keys/trash").text().contains("2 keys restored."));
    var oneOf =
        List.of(Map.entry("id", ids.get(2).toString()), Map.entry("only", ids.get(3).toString()));
    ada.post("/keys/trash/restoration", oneOf, ada.token());
    assertEquals(3, site.keys().size(), "the ticked one stays");
    var page = ada.get("/keys/trash?q=key001").page();
    var form = page.selectFirst("form:has(button[name=all])");
    assertEquals("Restore all 10", form.select("button").text());
    site.edits().delete(site.app.admin(), Selection.of(List.of(ids.get(0))));
    ada.post(
        "/keys/trash/restoration",
        "all",
        "10",
        "q",
        form.select("[name=q]").val(),
        "as-of",
        form.select("[name=as-of]").val());
    assertTrue(ada.get("/keys/trash").text().contains("10 keys restored."));
    assertEquals(12, site.keys().size(), "what was deleted since stays in the trash");
    ada.post("/keys/trash/restoration");
    assertTrue(ada.get("/keys/trash").text().contains("Select at least one key."));
  }

  @Test
  void a_search_for_what_no_text_holds_finds_nothing() {
    assertEquals(200, ada.get("/keys/trash?q=%00").status());
    assertEquals(200, ada.get("/keys/trash?q=a%00b").status());
  }

  @Test
  void a_selection_in_the_trash_outlives_its_pages() {
    deleted(30);
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

  private List<UUID> deleted(int keys) {
    List<UUID> ids = site.add(keys);
    site.edits().delete(site.app.admin(), Selection.of(ids));
    return ids;
  }

  private static Page.GetByRoleOptions named(String name) {
    return new Page.GetByRoleOptions().setName(name).setExact(true);
  }
}
