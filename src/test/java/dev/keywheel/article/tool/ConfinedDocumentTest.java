package dev.keywheel.article.tool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.plan.ToolBrief;
import dev.keywheel.article.tool.rules.ToolLinter;
import java.util.List;
import org.jsoup.Jsoup;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfinedDocumentTest {
  private static final ToolBrief BRIEF =
      new ToolBrief("Sum", "calculator", "", List.of(), List.of(), "", List.of());

  private static ToolDocument tool(String html) {
    return ToolDocument.of(html, BRIEF, "en");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<!doctype html><!-- <head> --><html><head><title>x</title></head><body>HERE</body></html>",
        "<!-- <html><head> --><!doctype html><html><body>HERE</body></html>",
        "<!doctype html><html><!-- <head> --><body>HERE</body></html>",
        "<!doctype html><html><noscript><head></noscript><body>HERE</body></html>",
        "<!doctype html><html><head><title><head></title></head><body>HERE</body></html>",
        "<!doctype html><html lang='<head>' class=\"<head>\"><body>HERE</body></html>",
        "<!doctype html><html><template><head></template><body>HERE</body></html>",
        "<!doctype html><html><textarea><head></textarea><body>HERE</body></html>",
        "<!doctype html><html><svg><head></svg><body>HERE</body></html>",
        "<!doctype html><html><script>'<head>'</script><body>HERE</body></html>",
        "<title><html><head></title>HERE",
      })
  void the_policy_and_the_prelude_come_first_in_the_head(String html) {
    var document = FramedTool.document(tool(html));
    assertThat(document.replaceFirst("<html[^>]*>", "<html>"))
        .startsWith(
            "<!doctype html>\n<html><head><meta charset=\"utf-8\"><meta http-equiv=\"Content-Security-Policy\"");
    var head = Jsoup.parse(document).head().children();
    assertThat(head.get(1).attr("content"))
        .startsWith("default-src 'none'; script-src 'unsafe-hashes' 'sha256-");
    assertThat(head.get(3).data()).contains("RTCPeerConnection");
    assertThat(document).contains("HERE");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"<!doctype html><!-- <head> --><html>", "<!-- x --><!doctype html><html>"})
  void a_comment_outside_the_html_element_is_an_error(String start) {
    var tool = tool(start + "<head><title>x</title></head><body><h1>x</h1></body></html>");
    assertThat(ToolLinter.check(tool, "en"))
        .extracting(Finding::text)
        .contains("A comment is outside <html>.");
    assertThat(Jsoup.parse(tool.html()).select("meta[name=viewport]")).hasSize(1);
  }

  @Test
  void scripts_and_handlers_check_the_gate_and_are_the_only_ones_allowed() {
    var document =
        FramedTool.document(
            tool(
                """
                <!doctype html><html><body><button onclick="go()">Go</button><script>"use strict"; go</script>
                <script type="module">x</script><script type="application/json">{}</script><script type="speculationrules">{}</script></body></html>"""));
    var page = Jsoup.parse(document);
    var policy = page.select("meta[http-equiv]").attr("content");
    assertThat(policy.split("sha256-")).hasSize(1 + 4);
    assertThat(policy.replaceFirst("style-src.*", "")).doesNotContain("unsafe-inline");
    var scripts = page.select("body script");
    assertThat(scripts.get(0).data())
        .matches("\"use strict\";if\\(gate\\w{32}!==1\\)throw 0;\"use strict\"; go");
    assertThat(scripts.get(1).data()).matches("if\\(gate\\w{32}!==1\\)throw 0;x");
    assertThat(scripts.get(2).data()).isEqualTo("{}");
    assertThat(page.select("button").attr("onclick"))
        .matches("if\\(gate\\w{32}!==1\\)throw 0;go\\(\\)");
  }

  @Test
  void elements_with_their_own_realm_or_requests_are_removed() {
    var document =
        FramedTool.document(
            tool(
                """
                <!doctype html><html><head><link rel="dns-prefetch" href="//x.example"><base href="//x.example"><meta http-equiv="refresh" content="0"></head>
                <body><main><iframe srcdoc="x"></iframe><object data="x"></object><embed src="x"><noscript><p title="</noscript><iframe>"></noscript>
                <template><iframe srcdoc="x"></iframe></template><svg><script>x</script></svg><!-- a --></main></body></html>"""));
    assertThat(document.substring(document.indexOf("</script>")))
        .doesNotContain("iframe", "object", "embed", "link", "base", "refresh", "<!--", "<script");
    assertThat(document).contains("<main aria-label=\"Sum\">");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "min-height:40vh;margin:0|min-height:auto;margin:0",
        "height:100vh|height:auto",
        "Block-Size : 70.5dvh!important|Block-Size :auto",
        "height:calc(50vh - 2em)|height:auto",
        "height:40vh|height:40vh",
        "height:min(400px,60vh)|height:min(400px,60vh)",
        "height:9.75vh|height:9.75vh",
        "max-height:90vh|max-height:90vh",
      })
  void a_height_that_would_grow_with_the_frame_becomes_automatic(String css, String confined) {
    var document =
        FramedTool.document(tool("<html><body><main style='" + css + "'>x</main></body></html>"));
    assertThat(Jsoup.parse(document).select("main").attr("style")).isEqualTo(confined);
  }

  @Test
  void the_page_of_a_tool_contains_only_its_frame() {
    var page =
        Jsoup.parse(
            FramedTool.page(
                tool("<!doctype html><html lang=\"de\"><body>x<script>y</script></body></html>"),
                "A \"sum\""));
    assertThat(page.select("meta[http-equiv]").attr("content")).endsWith("frame-src 'none'");
    assertThat(page.select("script")).isEmpty();
    assertThat(page.title()).isEqualTo("A \"sum\"");
    assertThat(page.select("html").attr("lang")).isEqualTo("de");
    assertThat(page.body().children()).hasSize(1);
    assertThat(page.select("iframe").attr("sandbox")).isEqualTo("allow-scripts allow-forms");
    assertThat(page.select("iframe").attr("srcdoc")).startsWith("<!doctype html>");
  }
}
