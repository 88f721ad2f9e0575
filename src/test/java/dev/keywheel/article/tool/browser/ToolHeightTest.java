package dev.keywheel.article.tool.browser;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import dev.keywheel.article.tool.FramedTool;
import dev.keywheel.article.tool.ToolDocument;
import dev.keywheel.db.TextResource;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.Look;
import java.util.LinkedHashMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The height of a tool's frame, in the console and in an exported page. */
@Tag("full")
class ToolHeightTest {
  private static final String WATCH_HEIGHT =
      """
      () => {
        const frame = document.querySelector("iframe");
        let last = 0, still = 0;
        window.height = new Promise(done => {
          const look = () => {
            still = frame.offsetHeight === last ? still + 1 : 0;
            last = frame.offsetHeight;
            still > 30 ? done(last) : requestAnimationFrame(look);
          };
          look();
        });
      }""";

  @RegisterExtension final Chromium chromium = new Chromium();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''|''",
        "body{min-height:100vh}|''",
        "html,body{height:100%}|''",
        "html{min-height:100%}body{min-height:100%;padding:20px}|''",
        "body{margin:0;padding:20px;display:flex;flex-direction:column;justify-content:center;MIN-HEIGHT : calc(100dvh - 3px)}|''",
        "@media (min-width:1px){main{box-sizing:border-box;height:100svh!important;padding:20px}}|''",
        "main{position:absolute;top:50%;transform:translateY(-50%)}|''",
        "main{position:fixed;inset:0;padding:20px;overflow:auto}|''",
        "i{display:block;position:fixed;bottom:20px;transform:translateY(100px)}|''",
        "i{display:block;position:fixed;bottom:-60px}|''",
        "body{margin:0}|min-height: 100vh; padding: 20px",
      })
  void the_frame_of_a_tool_is_as_high_as_its_content(String css, String style) {
    var html =
        "<!doctype html><html lang=en><head><title>x</title><style>%s</style></head><body><main style='%s'><div style='height:350px'>x</div></main><i hidden>Copied</i></body></html>"
            .formatted(css, style);
    var document = FramedTool.document(ToolDocument.of(html, TipSplitter.BRIEF, "en"));
    var pages = new LinkedHashMap<String, Page>(); // all at once, because each waits for its frame
    for (var script : new String[] {"article/frame.js", "static/js/articles.js"}) {
      for (var look : new Look[] {Look.DESKTOP, Look.PHONE}) {
        var page = chromium.open(look);
        page.setContent(
            "<!doctype html><style>iframe{width:100%;border:0}</style><script>"
                + TextResource.read(script)
                + "</script>"
                + FramedTool.frame("x", document, " class=\"tool-frame\" height=\"600\""));
        page.evaluate(WATCH_HEIGHT);
        pages.put(script + " " + look, page);
      }
    }
    pages.forEach(
        (name, page) -> {
          int height = (Integer) page.evaluate("() => window.height");
          assertThat(height).as(name).isBetween(350, css.contains("inset:0") ? 600 : 430);
        });
  }
}
