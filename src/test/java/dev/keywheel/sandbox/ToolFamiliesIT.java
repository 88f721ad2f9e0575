package dev.keywheel.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.FrameLocator;
import com.microsoft.playwright.Page;
import com.sun.net.httpserver.HttpServer;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every tool the sandbox builds, in a real browser and in a frame as strict as the product's. */
class ToolFamiliesIT {
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
        "mortgage repayment",
        "paying off credit cards",
        "compound interest",
        "discounts and sales tax",
        "tipping in restaurants",
        "profit margins for a small shop",
        "convert inches to centimetres",
        "converting pounds to kilograms",
        "kitchen units in recipes",
        "oven temperature conversion",
        "days until a deadline",
        "readability of blog posts",
        "strong passwords",
        "trail running shoes",
        "remote work for small teams",
        "life in general",
        "日本旅行");
  }

  @ParameterizedTest
  @MethodSource("topics")
  void a_tool_shows_what_was_worked_out_without_it(String topic) {
    var brief = briefFor(topic);
    var family = ToolFamily.of(brief).orElseThrow();
    var frame = framed(ToolPage.html(brief, "en", 1), Look.PHONE);
    assertThat(brief.tests()).hasSizeBetween(2, 5);
    for (var test : brief.tests()) {
      fill(frame, brief, test.set());
      frame.locator("#tool-run").click();
      assertThat(frame.locator("#tool-message").textContent()).isEmpty();
      for (var expect : test.expect()) {
        assertShown(frame.locator("#" + expect.output()).textContent(), expect);
      }
      family
          .shows(brief, test.set())
          .forEach(
              (output, text) ->
                  assertThat(frame.locator("#" + output).textContent()).as(output).isEqualTo(text));
    }
  }

  private static void assertShown(String shown, ToolBrief.Expect expect) {
    if (expect.number() != null) {
      assertThat(Double.parseDouble(shown.replace(",", "")))
          .isCloseTo(expect.number(), org.assertj.core.data.Offset.offset(ToolBrief.TOLERANCE));
    }
    if (expect.contains() != null) {
      assertThat(shown).contains(expect.contains());
    }
    if (expect.matches() != null) {
      assertThat(shown).matches(expect.matches());
    }
  }

  @ParameterizedTest
  @MethodSource("topics")
  void a_wrong_input_gets_a_sentence_and_no_result(String topic) {
    var brief = briefFor(topic);
    var frame = framed(ToolPage.html(brief, "en", 1), Look.DESKTOP);
    for (var field : brief.inputs()) {
      if (field.type().equals("choice")) {
        continue;
      }
      fill(frame, brief, brief.examples());
      frame.locator("#" + field.id()).fill("");
      frame.locator("#tool-run").click();
      assertThat(frame.locator("#tool-message").textContent()).contains(field.label());
      if (field.isNumber()) {
        frame.locator("#" + field.id()).fill("1e300");
        frame.locator("#tool-run").click();
        assertThat(frame.locator("#tool-message").textContent()).contains(field.label());
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
    var brief = briefFor(topic);
    tool = ToolPage.html(brief, "en", 1);
    for (var look :
        List.of(new Look(320, 640, false, true, false), Look.PHONE_DARK, Look.DESKTOP)) {
      var page = chromium.open(look);
      page.setContent(tool);
      page.locator("#tool-run").click();
      PageChecks.assertGoodPage(page);
      if (List.of("mortgage repayment", "trail running shoes", "readability of blog posts")
          .contains(topic)) {
        Chromium.shot(page, "sandbox-tool-" + topic.replace(' ', '-') + "-" + look.label());
      }
    }
  }

  @Test
  void a_tool_works_with_the_keyboard_alone() {
    var frame = framed(ToolPage.html(briefFor("mortgage repayment"), "en", 1), Look.DESKTOP);
    frame.locator("#amount").focus();
    frame.locator("#amount").press("Enter");
    assertThat(frame.locator("#payment").textContent()).isEqualTo("1,389.58");
  }

  @ParameterizedTest
  @EnumSource(ToolFault.class)
  void each_planted_fault_can_be_seen(ToolFault fault) {
    var brief = briefFor("mortgage repayment");
    var sound = ToolPage.html(brief, "en", 1);
    var spoiled = fault.plant(sound, new LoanTool());
    assertThat(spoiled).isNotEqualTo(sound);
    assertThat(ToolFault.in(spoiled, sound, new LoanTool())).contains(fault);
    chromium.tolerate(
        "rates\\.example|Failed to fetch|tool-massage|Cannot|null|Content Security Policy");
    tool = spoiled;
    var page = chromium.open(Look.PHONE);
    page.navigate(address("/tool"));
    var zero = Map.of("amount", "6000", "rate", "0", "years", "2");
    zero.forEach((id, value) -> page.locator("#" + id).fill(value));
    page.locator("#tool-run").click();
    assertThat(seen(page, fault)).isTrue();
  }

  private boolean seen(Page page, ToolFault fault) {
    var payment = page.locator("#payment").textContent();
    return switch (fault) {
      case NAN -> payment.contains("NaN");
      case DIVISOR -> {
        page.locator("#rate").fill("6");
        page.locator("#tool-run").click();
        yield !page.locator("#payment").textContent().equals("265.92");
      }
      case DEADBUTTON, LOSTID -> payment.equals("–");
      case NETWORK -> chromium.troubles().stream().anyMatch(t -> t.contains("rates.example"));
      case WIDE -> (int) page.evaluate("document.documentElement.scrollWidth") > 360;
    };
  }

  private static ToolBrief briefFor(String topic) {
    var subject = Subject.of(topic);
    return Genre.of(subject).tool().tested(subject);
  }

  private static void fill(FrameLocator frame, ToolBrief brief, Map<String, String> set) {
    for (var field : brief.inputs()) {
      var control = frame.locator("#" + field.id());
      if (field.type().equals("choice")) {
        control.selectOption(set.getOrDefault(field.id(), ""));
      } else {
        control.fill(set.getOrDefault(field.id(), ""));
      }
    }
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
