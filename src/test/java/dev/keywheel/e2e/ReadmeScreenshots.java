package dev.keywheel.e2e;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import dev.keywheel.RunningApp;
import dev.keywheel.sandbox.server.SandboxOptions;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.Look;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Takes the screenshots for README: {@code mvn verify -Dit.test=ReadmeScreenshots -Dtest=none
 * -Dsurefire.failIfNoSpecifiedTests=false}. Writes them to {@code docs/img}. Because of its name,
 * no other build runs it.
 */
class ReadmeScreenshots {
  @RegisterExtension final Chromium chromium = new Chromium();

  @Test
  void take() {
    try (var app = RunningApp.start(SandboxOptions.demo())) {
      var visitor = new Visitor(app, chromium.open(Look.DESKTOP));
      visitor.setUp();
      visitor.open("/keys");
      visitor.press("Load sample keys");
      visitor.generate("How to work out a monthly loan payment", "sandbox");
      assertThat(visitor.operations().nth(1))
          .containsText("Done", new LocatorAssertions.ContainsTextOptions().setTimeout(60_000));
      shot(visitor, "run-running");
      visitor.awaitRun("Completed");
      shot(visitor, "run");
      visitor.follow("Open article");
      visitor.page.waitForURL(app.url() + "/articles/*");
      shot(visitor, "article");
      visitor.generate("How to compare two savings plans", "sandbox");
      visitor.awaitRun("Completed");
      visitor.open("/");
      shot(visitor, "dashboard");
      visitor.open("/keys");
      shot(visitor, "keys");
      visitor.open("/recovery");
      visitor.press("Test all limited and failed keys");
      assertThat(visitor.page.getByText("tested").first()).isVisible();
      shot(visitor, "recovery");
      visitor.leave();
    }
  }

  private static void shot(Visitor visitor, String name) {
    var file = Path.of("docs", "img", name + ".png");
    visitor.page.screenshot(new Page.ScreenshotOptions().setPath(file));
  }
}
