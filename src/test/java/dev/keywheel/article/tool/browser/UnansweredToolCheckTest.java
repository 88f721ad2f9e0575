package dev.keywheel.article.tool.browser;

import static dev.keywheel.article.tool.browser.TipSplitter.BRIEF;
import static dev.keywheel.article.tool.browser.TipSplitter.GOOD;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.tool.BrowserCheck.State;
import dev.keywheel.article.tool.BrowserCheck.TestCase;
import dev.keywheel.article.tool.Finding;
import dev.keywheel.article.tool.ToolDocument;
import dev.keywheel.support.Chromium;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tools that do not answer, and browsers that do not start. */
@Tag("full")
class UnansweredToolCheckTest {
  /**
   * For tools that never answer. Waits longer than the application, because a sound tool must pass
   * at the same time on a busy machine, and less than the longest loop that ends.
   */
  @AutoClose
  private static final BrowserToolCheck impatient =
      new BrowserToolCheck(Chromium.executable(), Confinement.find(), Duration.ofMillis(5_500));

  @ParameterizedTest
  @CsvSource(
      delimiter = '§',
      value = {
        "<script>doc§<script>while(true){}doc§while it loads",
        "e.preventDefault();§for(;;){if(window.zz)break}§with Bill = 80, People = 4",
        "e.preventDefault();§const t=Date.now();while(Date.now()-t<9000);§with Bill = 80, People = 4",
        "if(!(p>0)||!(b>=0))§if(b===0)while(true){}if(!(p>0)||!(b>=0))§with Bill = 0",
        "const b=§if(+document.getElementById('bill').value>1e9)while(true){}const b=§with huge fields",
        "e.preventDefault();§window['loc'+'ation'].reload();§with Bill = 80, People = 4",
      })
  void a_tool_that_does_not_answer_fails_without_delaying_the_next(
      String what, String by, String when) {
    assertThat(GOOD.contains(what)).as(what).isTrue();
    var seen = TipSplitter.check(impatient, GOOD.replace(what, by));
    assertThat(seen.state()).as(seen::toString).isEqualTo(State.FAILED);
    var gone = seen.findings().stream().filter(f -> f.rule().equals("H08")).findFirst();
    assertThat(gone.orElseThrow().text().endsWith(when + ".")).as(gone::toString).isTrue();
    assertThat(seen.findings())
        .filteredOn(
            finding ->
                !finding.rule().matches("H01|H03")) // these depend on when the browser sends events
        .as(seen::toString)
        .hasSize(1);
    assertThat(TipSplitter.check(impatient, GOOD).state()).isEqualTo(State.PASSED);
  }

  @Test
  void a_tool_that_logs_more_than_16_megabytes_fails() {
    var tool =
        GOOD.replace("e.preventDefault();", "e.preventDefault();console.log('x'.repeat(17<<20));");
    var seen = TipSplitter.check(impatient, tool);
    assertThat(seen.state()).as(seen::toString).isEqualTo(State.FAILED);
    assertThat(seen.findings())
        .containsExactly(Finding.error("H12", 0, "It logged or showed more text than allowed."));
    assertThat(TipSplitter.check(impatient, GOOD).state()).isEqualTo(State.PASSED);
  }

  @Test
  void long_texts_of_a_tool_are_cut() {
    var longTexts =
        "fetch('/'+'u'.repeat(9000));console.error('x'.repeat(9000));"
            + "m.textContent='z'.repeat(9000);o.textContent='0 '+'y'.repeat(9000)";
    var seen =
        TipSplitter.check(impatient, GOOD.replace("o.textContent=(b/p).toFixed(2)", longTexts));
    assertThat(seen.findings()).extracting(Finding::rule).contains("H01", "H03");
    assertThat(seen.findings()).allSatisfy(f -> assertThat(f.text()).hasSizeLessThan(600));
    assertThat(seen.observed())
        .singleElement()
        .satisfies(o -> assertThat(o.outputs().get("each")).startsWith("0 yyy").hasSize(500));
  }

  @Test
  void the_quoted_error_of_a_browser_ends_with_a_whole_character(@TempDir Path folder)
      throws IOException {
    folder.toFile().setExecutable(true, false);
    folder.toFile().setReadable(true, false);
    var browser = folder.resolve("browser");
    Files.writeString(
        browser, "#!/bin/sh\necho '" + "x".repeat(199) + "🔑 and more' >&2\nexit 1\n");
    browser.toFile().setExecutable(true, false);
    browser.toFile().setReadable(true, false);
    try (var failing = new BrowserToolCheck(browser)) {
      var seen = TipSplitter.check(failing, GOOD);
      assertThat(seen.why()).endsWith("it ended: " + "x".repeat(199));
    }
  }

  @Test
  void a_check_after_the_browser_was_closed_is_not_run() {
    var ended = new BrowserToolCheck(Chromium.executable());
    ended.close();
    assertThat(TipSplitter.check(ended, GOOD).state()).isEqualTo(State.NOT_RUN);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/nowhere/chromium", "/bin/false"})
  void without_a_working_browser_a_tool_is_not_run(String path) {
    try (var none = new BrowserToolCheck(Path.of(path))) {
      var seen =
          none.check(
              ToolDocument.of(GOOD, BRIEF, "en"),
              List.of(new TestCase("plan", BRIEF.tests().getFirst())));
      assertThat(seen.state()).isEqualTo(State.NOT_RUN);
    }
  }
}
