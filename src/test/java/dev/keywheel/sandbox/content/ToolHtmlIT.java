package dev.keywheel.sandbox.content;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.FrameLocator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.sun.net.httpserver.HttpServer;
import dev.keywheel.sandbox.faults.ToolFault;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.Look;
import dev.keywheel.support.PageChecks;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every tool that the sandbox generates, in a real browser and in a frame as strict as the
 * application's.
 */
@Tag("full")
class ToolHtmlIT {
  private static final String POLICY =
      "sandbox allow-scripts allow-forms; default-src 'none'; script-src 'unsafe-inline'; "
          + "style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

  @RegisterExtension final Chromium chromium = new Chromium();
  private HttpServer server;
  private String tool = "";

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/tool", exchange -> answer(exchange, tool, POLICY));
    server.createContext(
        "/",
        exchange ->
            answer(
                exchange,
                "<!doctype html><html lang=en><title>Frame</title><main><h1>Frame</h1>"
                    + "<iframe title=Tool src=/tool sandbox='allow-scripts allow-forms' "
                    + "style='width:100%;height:900px;border:0'></iframe></main></html>",
                "default-src 'none'; frame-src 'self'; style-src 'unsafe-inline'"));
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private static void answer(
      com.sun.net.httpserver.HttpExchange exchange, String html, String policy) throws IOException {
    try (exchange) {
      exchange.getResponseHeaders().set("Content-Type", "text/html; charset=utf-8");
      exchange.getResponseHeaders().set("Content-Security-Policy", policy);
      var bytes = html.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  static Stream<String> topics() {
    return Stream.of(
        "How much house can I afford?",
        "How to brew pour-over coffee",
        "How to pace a half marathon",
        "Which laptop should I buy for university?",
        "mortgage repayment",
        "savings plan",
        "discounts and sales tax",
        "best way to learn a language",
        "life in general",
        "日本旅行");
  }

  @ParameterizedTest
  @MethodSource("topics")
  void a_tool_shows_the_example_when_it_loads_and_then_what_its_tests_expect(String topic) {
    var brief = briefFor(topic);
    var frame = framed(new ToolHtml(brief).document(1), Look.PHONE);
    assertThat(brief.path("tests").size()).isBetween(2, 5);
    assertShown(frame, brief.at("/tests/0"));
    for (var test : brief.path("tests")) {
      fill(frame, test.path("set"));
      frame.locator("#tool-run").click();
      assertThat(frame.locator("#tool-message").textContent()).isEmpty();
      assertShown(frame, test);
    }
    frame.locator("button[type=reset]").click();
    frame.locator("#tool-run").click();
    assertShown(frame, brief.at("/tests/0"));
  }

  @Test
  void a_tool_copies_its_result() {
    var brief = briefFor("mortgage repayment");
    var frame = framed(new ToolHtml(brief).document(1), Look.PHONE);
    var test = brief.at("/tests/1");
    fill(frame, test.path("set"));
    frame.locator("#tool-run").click();
    frame.locator("#tool-copy").click();
    PlaywrightAssertions.assertThat(frame.locator("#tool-copy")).hasText("Copied");
    assertShown(frame, test);
  }

  private static void assertShown(FrameLocator frame, JsonNode test) {
    for (var expect : test.path("expect")) {
      var shown = frame.locator("#" + expect.path("output").asText()).textContent();
      if (expect.has("number")) {
        assertThat(Double.parseDouble(shown.replace(",", "")))
            .isCloseTo(expect.path("number").asDouble(), Offset.offset(0.001));
      } else {
        assertThat(shown).isEqualTo(expect.path("contains").asText());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("topics")
  void a_wrong_input_gets_a_message_and_no_result(String topic) {
    var brief = briefFor(topic);
    var frame = framed(new ToolHtml(brief).document(1), Look.DESKTOP);
    for (var field : brief.path("inputs")) {
      var label = field.path("label").asText();
      fill(frame, brief.at("/tests/0/set"));
      for (var wrong : List.of("", "1e300")) {
        frame.locator("#" + field.path("id").asText()).fill(wrong);
        frame.locator("#tool-run").click();
        assertThat(frame.locator("#tool-message").textContent()).contains(label);
      }
      frame
          .locator("output")
          .all()
          .forEach(output -> assertThat(output.textContent()).isEqualTo("–"));
    }
  }

  @ParameterizedTest
  @MethodSource("topics")
  void a_tool_is_accessible_and_fits_a_narrow_screen_in_light_and_dark(String topic) {
    var page = chromium.open(Look.DESKTOP);
    page.setContent(new ToolHtml(briefFor(topic)).document(1));
    page.locator("#tool-run").click();
    PageChecks.assertGood(page, "sandbox-tool-" + topic.replaceAll("\\W+", "-"));
  }

  @Test
  void a_tool_works_with_the_keyboard_alone() {
    var frame = framed(new ToolHtml(briefFor("mortgage repayment")).document(1), Look.DESKTOP);
    frame.locator("#amount").focus();
    frame.locator("#amount").press("Enter");
    assertThat(frame.locator("#payment").textContent()).isEqualTo("386.66");
  }

  @ParameterizedTest
  @EnumSource(ToolFault.class)
  void each_planted_fault_is_visible(ToolFault fault) {
    var brief = briefFor("mortgage repayment");
    var sound = new ToolHtml(brief).document(1);
    var divisor = new ToolHtml(brief).tool().wrongDivisor();
    var spoiled = fault.plant(sound, divisor);
    assertThat(spoiled).isNotEqualTo(sound);
    assertThat(ToolFault.in(spoiled, sound, divisor)).contains(fault);
    chromium.tolerate(
        "rates\\.example|Failed to fetch|tool-massage|Cannot|null|Content Security Policy");
    tool = spoiled;
    var page = chromium.open(Look.PHONE);
    page.navigate(address("/tool"));
    var zero = Map.of("amount", "6000", "rate", "0", "years", "2");
    zero.forEach((id, value) -> page.locator("#" + id).fill(value));
    page.locator("#tool-run").click();
    assertThat(isVisible(page, fault)).isTrue();
  }

  private boolean isVisible(Page page, ToolFault fault) {
    var payment = page.locator("#payment").textContent();
    return switch (fault) {
      case NAN -> payment.contains("NaN");
      case DIVISOR -> {
        page.locator("#rate").fill("6");
        page.locator("#tool-run").click();
        yield !page.locator("#payment").textContent().equals("265.92");
      }
      case DEADBUTTON -> payment.equals("386.66");
      case LOSTID -> payment.equals("–");
      case NETWORK -> chromium.troubles().stream().anyMatch(t -> t.contains("rates.example"));
      case WIDE -> (int) page.evaluate("document.documentElement.scrollWidth") > 360;
    };
  }

  private static JsonNode briefFor(String typed) {
    var topic = Topic.of(typed);
    return ToolDefinition.of(ContentBank.of(topic)).brief(new Template(topic));
  }

  private static void fill(FrameLocator frame, JsonNode set) {
    set.properties()
        .forEach(field -> frame.locator("#" + field.getKey()).fill(field.getValue().asText()));
  }

  private FrameLocator framed(String html, Look look) {
    tool = html;
    var page = chromium.open(look);
    page.navigate(address("/"));
    return page.frameLocator("iframe");
  }

  private String address(String path) {
    return "http://127.0.0.1:" + server.getAddress().getPort() + path;
  }
}
