package dev.keywheel.article.tool.browser;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Map;

/** A page of the browser in an isolated context. */
final class BrowserPage implements AutoCloseable {
  private final DevToolsConnection browser;
  private final String context;
  private final String target;
  private final String session;

  BrowserPage(DevToolsConnection browser) throws IOException {
    this.browser = browser;
    this.context =
        browser.call("", "Target.createBrowserContext", Map.of()).path("browserContextId").asText();
    browser.call(
        "", "Browser.setDownloadBehavior", Map.of("behavior", "deny", "browserContextId", context));
    this.target =
        browser
            .call(
                "",
                "Target.createTarget",
                Map.of("url", "about:blank", "browserContextId", context))
            .path("targetId")
            .asText();
    this.session =
        browser
            .call("", "Target.attachToTarget", Map.of("targetId", target, "flatten", true))
            .path("sessionId")
            .asText();
  }

  String session() {
    return session;
  }

  JsonNode call(String method, Map<String, ?> params) throws IOException {
    return browser.call(session, method, params);
  }

  void send(String method, Map<String, ?> params) {
    browser.send(session, method, params);
  }

  /** Whether the browser can open a page and run a script in it. */
  static boolean works(DevToolsConnection browser) {
    try (var page = new BrowserPage(browser)) {
      var one = page.call("Runtime.evaluate", Map.of("expression", "1"));
      return one.path("result").path("value").asInt() == 1;
    } catch (IOException _) {
      return false;
    }
  }

  @Override
  public void close() {
    browser.send("", "Target.closeTarget", Map.of("targetId", target));
    browser.send("", "Target.disposeBrowserContext", Map.of("browserContextId", context));
  }
}
