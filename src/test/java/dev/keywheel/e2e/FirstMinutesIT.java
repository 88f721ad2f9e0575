package dev.keywheel.e2e;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import dev.keywheel.RunningApp;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.Look;
import dev.keywheel.support.PageChecks;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The first minutes of a new user, click by click. */
class FirstMinutesIT {
  @RegisterExtension final Chromium chromium = new Chromium();
  private RunningApp app;
  private Visitor visitor;
  private int clicks;

  @BeforeEach
  void start() {
    app = RunningApp.start();
    visitor = new Visitor(app, chromium.open(Look.DESKTOP));
  }

  @AfterEach
  void stop() {
    visitor.leave();
    app.close();
  }

  @Test
  void a_new_user_reaches_a_finished_article_in_five_clicks() {
    visitor.page.navigate(app.setupLink().toString());
    visitor.page.getByLabel("Email").fill(Visitor.EMAIL);
    visitor.page.getByLabel("Password").fill(Visitor.PASSWORD);
    press("Create administrator");
    assertThat(visitor.page.locator("#welcome")).hasText("Add your first keys");
    PageChecks.assertGood(visitor.page, "first-welcome");
    press("Load sample keys");
    assertThat(visitor.page.locator("#first")).hasText("Next: write your first article");
    PageChecks.assertGood(visitor.page, "first-article");
    var topic = visitor.page.locator(".topic-chips a").first();
    var words = topic.innerText();
    topic.click();
    clicks++;
    assertThat(visitor.page.getByLabel("Topic")).hasValue(words);
    press("Generate article");
    visitor.awaitRun("Completed");
    visitor
        .page
        .getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Open article"))
        .first()
        .click();
    clicks++;
    assertThat(visitor.page.locator("article h1, .article-paper h1").first()).isVisible();
    assertThat(clicks).isEqualTo(5);
  }

  private void press(String button) {
    visitor.press(button);
    clicks++;
  }

  @Test
  void the_footer_leads_to_help_and_licences_before_and_after_the_set_up() {
    visitor.open("/login");
    var foot = visitor.page.getByRole(AriaRole.CONTENTINFO);
    assertThat(foot).containsText("Keywheel ");
    foot.getByText("Licences").click();
    assertThat(visitor.page.locator("#licences")).isInViewport();
    PageChecks.assertGood(visitor.page, "help-signed-out");
    visitor.setUp();
    visitor.page.getByRole(AriaRole.CONTENTINFO).getByText("Help").click();
    assertThat(visitor.page.locator("h1")).hasText("Help");
    PageChecks.assertGood(visitor.page, "help");
  }
}
