package dev.keywheel.web.keys;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.HttpBrowser;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class AccountLinkTest {
  @AutoClose private final KeysSite site = new KeysSite();

  @Test
  void the_page_of_a_key_links_to_its_account_whatever_characters_the_account_has() {
    HttpBrowser ada = site.app.browser(site.app.admin());
    UUID key = site.add("one@example.com", "sk-or-demo-valid-000001");
    UUID other = site.add("two@example.com", "sk-or-demo-valid-000002");
    site.add("three@example.com", "sk-or-demo-valid-000003");
    for (UUID id : new UUID[] {key, other}) {
      ada.post("/keys/" + id + "/account", "account", "ada+keys@example.org & co. 50%");
    }
    String link = ada.get("/keys/" + key).page().select("a:contains(1 other key)").attr("href");
    assertThat(ada.get(link).page().select("#bulk tbody th a").eachText())
        .containsExactlyInAnyOrder("one@example.com", "two@example.com");
  }
}
