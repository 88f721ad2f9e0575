package dev.keywheel.web.keys;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.Position;
import dev.keywheel.people.identity.Role;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.Look;
import dev.keywheel.support.PageChecks;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Views of the list of keys, saved under a name. */
@Tag("full")
class KeyViewPagesTest {
  @RegisterExtension final Chromium chromium = new Chromium();
  private final KeysSite site = new KeysSite();
  private final HttpBrowser ada = site.app.browser(site.app.admin());

  @AfterEach
  void close() {
    chromium.tolerate("ERR_CONNECTION_REFUSED|Failed to fetch|422"); // open pages go on polling
    site.close();
  }

  @Test
  void the_shown_list_is_saved_under_a_name_and_chosen_from_a_menu_that_escape_closes() {
    site.add(3);
    Page page = site.app.open(chromium, Look.DESKTOP, site.app.admin());
    page.navigate(site.app.url() + "/keys?sort=-calls");
    page.getByLabel("Search keys").fill("key0002 status:active");
    assertThat(page.locator("#bulk tbody tr")).hasCount(1);
    link(page, "Save view").click();
    assertThat(page.getByText("Search: key0002 · Status: Active · Sort: Most calls first"))
        .isVisible();
    page.getByLabel("Name").fill("Second key");
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Save view")).click();
    assertThat(page.getByText("View saved.")).isVisible();
    page.navigate(site.app.url() + "/keys");
    PageChecks.assertGoodPage(page);
    page.locator("#views > summary").click();
    Chromium.shot(page, "keys-views-menu");
    page.keyboard().press("Tab");
    assertThat(link(page, "Second key")).isFocused();
    page.keyboard().press("Escape");
    assertThat(page.locator("#views > summary")).isFocused();
    assertThat(link(page, "Second key")).isHidden();
    page.keyboard().press("Enter");
    page.getByLabel("Search keys").click();
    assertThat(link(page, "Second key")).isHidden();
    page.locator("#views > summary").click();
    link(page, "Second key").click();
    assertThat(page.locator("#bulk tbody tr")).hasCount(1);
    assertThat(page.url()).endsWith("/keys?q=key0002&status=active&sort=-calls");
    page.navigate(site.app.url() + "/keys/views?view=/keys");
    PageChecks.assertGood(page, "keys-views");
  }

  @Test
  void a_menu_stays_open_when_its_margin_or_an_element_around_it_is_pressed() {
    site.add(1);
    save("Failed", "/keys?status=failed");
    Page page = site.app.open(chromium, Look.DESKTOP, site.app.admin());
    page.navigate(site.app.url() + "/keys");
    page.locator("#views > summary").click();
    page.locator("#views .menu-list")
        .click(new Locator.ClickOptions().setPosition(new Position(2, 2)));
    assertThat(page.locator("main")).isFocused();
    assertThat(link(page, "Failed")).isVisible();
    page.getByLabel("Search keys").focus();
    assertThat(link(page, "Failed")).isHidden();

    page.locator("#views > summary").click();
    page.locator("main").focus();
    page.keyboard().press("Escape");
    assertThat(link(page, "Failed")).isHidden();
    assertThat(page.locator("#views > summary")).isFocused();
  }

  @Test
  void a_view_is_renamed_and_deleted_and_two_views_of_a_user_have_different_names() {
    site.add(1);
    save("Failed", "/keys?status=failed&after=x&batch=y");
    save("Mine", "/keys?tag=mine");
    var taken = ada.post("/keys/views", "name", "failed", "view", "/keys");
    assertThat(taken.status()).isEqualTo(422);
    assertThat(taken.text()).contains("You already have a view with this name.");
    var page = ada.get("/keys/views").page();
    assertThat(page.select("tbody th").eachText()).containsExactly("Failed", "Mine");
    assertThat(page.select("tbody th a").first().attr("href")).isEqualTo("/keys?status=failed");

    var forms = page.select("form[action^=/keys/views/]");
    var refused = ada.post(forms.get(0).attr("action"), "name", "mine");
    assertThat(refused.status()).isEqualTo(422);
    var names = refused.page().select(".view-name input[name=name]");
    assertThat(names.eachAttr("value")).containsExactly("mine", "Mine");
    assertThat(names.eachAttr("aria-invalid")).containsExactly("true");
    assertThat(refused.page().getElementById(names.first().attr("aria-describedby")).text())
        .startsWith("You already have a view with this name.");
    var secret = ada.post(forms.get(0).attr("action"), "name", "sk-test-0123456789abcd3333");
    assertThat(secret.status()).isEqualTo(422);
    assertThat(secret.body()).doesNotContain("0123456789abcd");
    ada.post(forms.get(0).attr("action"), "name", "Broken");
    assertThat(ada.get("/keys").page().select("#views a").eachText())
        .containsExactly("Broken", "Mine", "Manage views");
    ada.post(page.select("form[action$=/deletion]").first().attr("action"));
    assertThat(ada.get("/keys").page().select("#views a").eachText())
        .containsExactly("Mine", "Manage views");
  }

  @Test
  void a_control_character_is_refused_in_a_name_and_encoded_in_a_search() {
    site.add(1);
    for (String name : new String[] {"\0", "a\0b", "a\u0007b"}) {
      assertThat(ada.post("/keys/views", "name", name, "view", "/keys").status()).isEqualTo(422);
    }
    assertThat(ada.get("/keys").page().select("#views")).isEmpty();
    save("Search", "/keys?q=a%07b");
    assertThat(ada.get("/keys").page().select("#views a").attr("href")).isEqualTo("/keys?q=a%07b");
  }

  @Test
  void views_belong_to_one_user_and_accept_no_secret() {
    site.add(1);
    save("Failed", "/keys?status=failed");
    HttpBrowser bob = site.app.browser(site.app.member("bob@example.com", Role.VIEWER));
    assertThat(bob.get("/keys").page().select("#views")).isEmpty();
    String rename = ada.get("/keys/views").page().select("form[action$=/name]").attr("action");
    assertThat(bob.post(rename, "name", "His").status()).isEqualTo(404);
    assertThat(bob.post(rename.replace("/name", "/deletion")).status()).isEqualTo(404);
    for (String[] secret :
        new String[][] {
          {"sk-test-0123456789abcd3333", "/keys"}, {"x", "/keys?q=sk-test-0123456789abcd3333"}
        }) {
      var answer = bob.post("/keys/views", "name", secret[0], "view", secret[1]);
      assertThat(answer.status()).isEqualTo(422);
      assertThat(answer.text()).contains("This looks like a key (…3333)");
    }
    assertThat(bob.get("/keys/views").text()).contains("No saved views");
  }

  private void save(String name, String view) {
    assertThat(ada.post("/keys/views", "name", name, "view", view).status()).isEqualTo(303);
  }

  private static Locator link(Page page, String name) {
    return page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName(name).setExact(true));
  }
}
