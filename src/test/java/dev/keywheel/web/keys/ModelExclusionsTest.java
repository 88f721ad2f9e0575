package dev.keywheel.web.keys;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.key.pool.KeyModels;
import dev.keywheel.support.HttpBrowser;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** The models for which a key is skipped, on the page of the key. */
final class ModelExclusionsTest {
  @AutoClose private static final KeysSite site = new KeysSite();
  private static final HttpBrowser browser = site.app.browser(site.app.admin());

  @Test
  void a_skipped_key_is_used_again_for_all_models_at_the_request_of_a_user() {
    UUID id = site.add("skipped@example.com", "sk-or-demo-valid-000001");
    site.database()
        .runTx(tx -> KeyModels.exclude(tx, id, "maker/model", "No access.", Instant.now()));
    var page = browser.get("/keys/" + id);
    assertThat(page.text()).contains("Skipped for models", "maker/model", "No access.");
    var form = page.page().selectFirst("form:has(button:contains(Use again for all models))");

    assertThat(browser.post(form.attr("action")).location()).isEqualTo("/keys/" + id);
    assertThat(browser.get("/keys/" + id).text())
        .contains("skipped@example.com is used again for all models.")
        .doesNotContain("Skipped for models");

    browser.post(form.attr("action"));
    assertThat(browser.get("/keys/" + id).text())
        .contains("skipped@example.com was not skipped for any model.");
  }
}
