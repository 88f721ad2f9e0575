package dev.keywheel.article.tool.browser;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keywheel.article.plan.ToolBrief.Expect;
import dev.keywheel.article.plan.ToolBrief.ToolTest;
import dev.keywheel.article.text.TextCleaner;
import dev.keywheel.article.tool.FramedTool;
import dev.keywheel.article.tool.Manifest;
import dev.keywheel.article.tool.ToolDocument;
import dev.keywheel.article.tool.browser.DevToolsConnection.Event;
import dev.keywheel.db.Json;
import dev.keywheel.db.TextResource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One tool in a page of the browser, served with its policy. All requests except the one for the
 * tool are blocked and, unless they are for a favicon, recorded.
 */
final class ToolSession implements AutoCloseable {
  private static final String ADDRESS = "http://tool.invalid/";
  private static final String DRIVER = TextResource.read("tool/drive.js");

  /** Maximum length of a text of the tool in a report, in characters. */
  static final int MAX_TEXT = 500;

  private final DevToolsConnection browser;
  private final ToolDocument tool;
  private final String html;
  private final BrowserPage page;
  private final CompletableFuture<Boolean> loaded = new CompletableFuture<>();
  private final List<String> errors = new ArrayList<>();
  private final List<String> requests = new ArrayList<>();
  private int worldId;
  private boolean recordsErrors = true;

  /** The page of the tool does not answer or has closed, although the browser works. */
  static final class PageGone extends IOException {
    PageGone(String how, IOException seen) {
      super(how, seen);
    }
  }

  ToolSession(DevToolsConnection browser, ToolDocument tool) throws IOException {
    this.browser = browser;
    this.tool = tool;
    this.html = FramedTool.document(tool);
    this.page = new BrowserPage(browser);
    browser.listen(this::handle);
    for (var domain : List.of("Page", "Runtime", "Log")) {
      page.call(domain + ".enable", Map.of());
    }
    page.call("Fetch.enable", Map.of("patterns", List.of(Map.of("urlPattern", "*"))));
    var screen = Map.of("width", 360, "height", 640, "deviceScaleFactor", 1, "mobile", false);
    page.call("Emulation.setDeviceMetricsOverride", screen);
  }

  /**
   * Loads the tool.
   *
   * @throws PageGone if the tool keeps its page from loading; any other IOException means that the
   *     browser failed
   */
  void open() throws IOException {
    callPage("Page.navigate", Map.of("url", ADDRESS));
    try {
      CompletableFuture.anyOf(loaded, browser.end())
          .get(browser.commandTimeout().toMillis(), TimeUnit.MILLISECONDS);
      if (!loaded.isDone()) {
        throw new IOException("The browser has ended");
      }
    } catch (TimeoutException | ExecutionException _) {
      throw classifyUnanswered(new DevToolsConnection.DevToolsTimeout("Loading the page"));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted");
    }
    var frame = callPage("Page.getFrameTree", Map.of()).at("/frameTree/frame/id").asText();
    var isolated = Map.of("frameId", frame, "worldName", "keywheel");
    worldId = callPage("Page.createIsolatedWorld", isolated).path("executionContextId").asInt();
    evaluate(DRIVER);
  }

  /**
   * What the tool shows after it ran.
   *
   * @param outputs text of each output by id
   * @param unknown ids of fields that could not be set
   * @param message the tool's message; empty if it shows none
   * @param invalid whether the browser rejects the value of a field; only after {@link #spoil}
   * @param busyMillis how long the tool blocked the page
   */
  record ToolOutput(
      Map<String, String> outputs,
      List<String> unknown,
      String message,
      boolean invalid,
      double busyMillis) {}

  ToolOutput test(ToolTest test, Manifest manifest) throws IOException {
    var expected = test.expect().stream().map(Expect::output).distinct().toList();
    List<String> outputs =
        Stream.concat(ids(manifest.outputs()).stream(), expected.stream()).distinct().toList();
    return run("keywheelTest", test.set(), manifest.trigger(), outputs, expected);
  }

  /** Runs the tool with bad values in its fields; {@code how} is empty, letters or huge. */
  ToolOutput spoil(String how, Manifest manifest) throws IOException {
    return run("keywheelSpoil", how, manifest.trigger(), ids(manifest.outputs()));
  }

  /** Runs the tool with these values and the other fields unchanged; restores the old values. */
  ToolOutput edge(Map<String, String> values, Manifest manifest) throws IOException {
    return run("keywheelEdge", values, manifest.trigger(), ids(manifest.outputs()));
  }

  /** Switches the recording of script errors on or off; it is on at first. */
  synchronized void recordErrors(boolean on) {
    recordsErrors = on;
  }

  /** Content width in pixels on a screen that is 360 pixels wide. */
  int width() throws IOException {
    return evaluate("keywheelWidth()").asInt();
  }

  /** Fields, buttons and outputs that were not visible in any test. */
  List<String> hidden(Manifest manifest) throws IOException {
    return texts(
        call(
            "keywheelHidden", manifest.trigger(), ids(manifest.inputs()), ids(manifest.outputs())));
  }

  /** Texts with a contrast below 3:1 on a dark screen but not on a light one. */
  List<String> unreadableInTheDark() throws IOException {
    evaluate("keywheelLight()");
    var dark = Map.of("name", "prefers-color-scheme", "value", "dark");
    callPage("Emulation.setEmulatedMedia", Map.of("features", List.of(dark)));
    return texts(evaluate("keywheelDark()"));
  }

  private static List<String> texts(JsonNode list) {
    return list.valueStream().map(JsonNode::asText).toList();
  }

  private static List<String> ids(List<Manifest.Control> controls) {
    return controls.stream().map(Manifest.Control::id).toList();
  }

  private ToolOutput run(String function, Object... arguments) throws IOException {
    JsonNode value = call(function, arguments);
    var outputs = new LinkedHashMap<String, String>();
    value.path("outputs").properties().forEach(e -> outputs.put(e.getKey(), e.getValue().asText()));
    return new ToolOutput(
        outputs,
        texts(value.path("unknown")),
        TextCleaner.cut(value.path("message").asText(), MAX_TEXT),
        value.path("invalid").asBoolean(),
        value.path("busy").asDouble());
  }

  private JsonNode call(String function, Object... arguments) throws IOException {
    String list = Stream.of(arguments).map(Json::text).collect(Collectors.joining(","));
    return evaluate(function + "(" + list + ")");
  }

  private JsonNode evaluate(String code) throws IOException {
    var params =
        Map.of(
            "expression", code, "contextId", worldId, "awaitPromise", true, "returnByValue", true);
    var reply = callPage("Runtime.evaluate", params);
    if (reply.has("exceptionDetails")) {
      throw new IOException(
          "The test itself failed: "
              + reply.at("/exceptionDetails/exception/description").asText());
    }
    return reply.path("result").path("value");
  }

  /** Sends a command to the page of the tool and classifies a failure. */
  private JsonNode callPage(String method, Map<String, ?> params) throws IOException {
    try {
      return page.call(method, params);
    } catch (IOException e) {
      throw classifyUnanswered(e);
    }
  }

  /**
   * Classifies a page that did not answer. If the browser can show another page, the tool is at
   * fault: it is busy forever, has crashed or has navigated. Otherwise the browser is at fault.
   */
  private IOException classifyUnanswered(IOException e) {
    if (Thread.currentThread().isInterrupted() || !BrowserPage.works(browser)) {
      return e;
    }
    return new PageGone(
        e instanceof DevToolsConnection.DevToolsTimeout
            ? "The page does not answer for " + browser.commandTimeout().toSeconds() + " seconds"
            : "The page was closed",
        e);
  }

  private void handle(Event event) {
    if (!event.session().equals(page.session())) {
      return;
    }
    switch (event.method()) {
      case "Page.loadEventFired" -> loaded.complete(true);
      case "Fetch.requestPaused" -> paused(event.params());
      case "Runtime.exceptionThrown" -> noteError(thrown(event.params().path("exceptionDetails")));
      case "Runtime.consoleAPICalled" -> {
        if (event.params().path("type").asText().equals("error")) {
          noteError("console: " + event.params().path("args").path(0).path("value").asText());
        }
      }
      case "Log.entryAdded" -> {
        var entry = event.params().path("entry");
        if (entry.path("level").asText().equals("error")
            && entry.path("source").asText().matches("security|network|javascript")) {
          blocked(entry.path("text").asText());
        }
      }
      default -> {}
    }
  }

  /** Records a blocked request, but not a blocked inline handler, which the prelude reports. */
  private void blocked(String text) {
    if (!text.contains("inline event handler")) {
      noteRequest(text);
    }
  }

  private void paused(JsonNode params) {
    var request = params.path("requestId").asText();
    var url = params.path("request").path("url").asText();
    if (url.equals(ADDRESS)) {
      var headers =
          FramedTool.headers().entrySet().stream()
              .map(h -> Map.of("name", h.getKey(), "value", h.getValue()))
              .toList();
      var body = Base64.getEncoder().encodeToString(html.getBytes(StandardCharsets.UTF_8));
      page.send(
          "Fetch.fulfillRequest",
          Map.of(
              "requestId", request, "responseCode", 200, "responseHeaders", headers, "body", body));
      return;
    }
    if (!url.endsWith("/favicon.ico")) {
      noteRequest("a request to " + url);
    }
    page.send("Fetch.failRequest", Map.of("requestId", request, "errorReason", "BlockedByClient"));
  }

  private String thrown(JsonNode details) {
    var description = details.at("/exception/description").asText(details.path("text").asText());
    int line = FramedTool.sourceLine(tool, html, details.path("lineNumber").asInt());
    return description.lines().findFirst().orElse("an error")
        + (line > 0 ? " (line " + line + ")" : "");
  }

  private synchronized void noteError(String error) {
    if (recordsErrors && errors.size() < 10) {
      errors.add(TextCleaner.cut(error, MAX_TEXT));
    }
  }

  private synchronized void noteRequest(String what) {
    if (requests.size() < 10) {
      requests.add(TextCleaner.cut(what, MAX_TEXT));
    }
  }

  synchronized List<String> errors() {
    return List.copyOf(errors);
  }

  /** Attempted requests, and violations of the policy. */
  synchronized List<String> requests() {
    return List.copyOf(requests);
  }

  @Override
  public void close() {
    browser.listen(_ -> {});
    page.close();
  }
}
