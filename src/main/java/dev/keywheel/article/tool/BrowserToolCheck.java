package dev.keywheel.article.tool;

import dev.keywheel.article.plan.ToolBrief.ToolTest;
import dev.keywheel.article.tool.BrowserCheck.Observed;
import dev.keywheel.article.tool.BrowserCheck.State;
import dev.keywheel.article.tool.BrowserCheck.TestCase;
import dev.keywheel.article.tool.ToolSession.Shown;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Runs tools in a headless Chromium, one at a time. The browser is started by the first check and
 * stays for a minute after the last, so that the checks of one article cost its start only once.
 */
public final class BrowserToolCheck implements ToolCheck, AutoCloseable {
  private static final long STAYS_SECONDS = 60;
  private static final int SCREEN = 360;
  private static final double BUSY_MILLIS = 2_000;
  private static final Pattern NO_RESULT =
      Pattern.compile("\\bNaN\\b|\\bundefined\\b|\\bInfinity\\b|\\bnull\\b|\\[object ");

  private final Path chromium;
  private final ScheduledExecutorService closing =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("browser-closing").factory());
  private @Nullable BrowserPipe browser;
  private @Nullable ScheduledFuture<?> close;

  public BrowserToolCheck(Path chromium) {
    this.chromium = chromium;
  }

  @Override
  public synchronized BrowserCheck check(ToolDocument tool, List<TestCase> tests) {
    try {
      return examined(tool, tests);
    } catch (IOException first) {
      end();
      try {
        // A browser that has hung or died says nothing of the tool: once more with a new one.
        return examined(tool, tests);
      } catch (IOException again) {
        end();
        return BrowserCheck.notRun("the browser failed: " + again.getMessage());
      }
    }
  }

  private BrowserCheck examined(ToolDocument tool, List<TestCase> tests) throws IOException {
    try (var session = new ToolSession(browser(), tool)) {
      var findings = new ArrayList<Finding>();
      var observed = new ArrayList<Observed>();
      int width = session.width();
      for (var test : tests.isEmpty() ? List.of(byExample(tool)) : tests) {
        tested(session, tool, test, findings).ifPresent(observed::add);
      }
      for (var how : List.of("empty", "letters", "huge")) {
        spoilt(session.spoil(how, tool.manifest()), how, tool.manifest(), findings);
      }
      session.errors().stream()
          .distinct()
          .forEach(e -> findings.add(Finding.error("H01", 0, "The script fails: " + e)));
      session.requests().stream()
          .distinct()
          .forEach(r -> findings.add(Finding.error("H03", 0, "It tried to reach out: " + r)));
      if (Math.max(width, session.width()) > SCREEN + 1) {
        findings.add(
            Finding.error(
                "H07",
                0,
                "Its content is "
                    + Math.max(width, session.width())
                    + " pixels wide on a screen of "
                    + SCREEN
                    + "."));
      }
      var real = tests.isEmpty() ? List.<Observed>of() : observed;
      boolean failed =
          findings.stream().anyMatch(Finding::isError) || real.stream().anyMatch(o -> !o.passed());
      return new BrowserCheck(
          failed ? State.FAILED : State.PASSED,
          failed ? "something went wrong" : "everything asked for was seen",
          List.copyOf(findings),
          real);
    }
  }

  /** A case of the tool's own examples that expects nothing in particular. */
  private static TestCase byExample(ToolDocument tool) {
    var set = new LinkedHashMap<String, String>();
    tool.manifest().inputs().stream()
        .filter(i -> !i.example().isEmpty())
        .forEach(i -> set.put(i.id(), i.example()));
    return new TestCase("tool", new ToolTest(set, List.of()));
  }

  private static Optional<Observed> tested(
      ToolSession session, ToolDocument tool, TestCase test, List<Finding> findings)
      throws IOException {
    var shown = session.test(test.test().set(), tool.manifest());
    if (!shown.unknown().isEmpty()) {
      findings.add(
          Finding.warning(
              "H10",
              0,
              "A test case of the "
                  + test.source()
                  + " sets fields that the tool does not have: "
                  + String.join(", ", shown.unknown())
                  + "."));
      return Optional.empty();
    }
    if (shown.outputs().values().stream().allMatch(String::isEmpty)) {
      add(
          findings,
          Finding.error(
              "H04",
              0,
              "Nothing is shown after the button is pressed"
                  + (shown.message().isEmpty() ? "." : "; it says: " + shown.message())));
    }
    noResult(shown.outputs(), findings, "with " + tool.manifest().said(test.test().set()));
    if (shown.busyMillis() > BUSY_MILLIS) {
      add(
          findings,
          Finding.error("H08", 0, "It was busy for " + Math.round(shown.busyMillis()) + " ms."));
    }
    var mismatches = new ArrayList<String>();
    for (var expected : test.test().expect()) {
      if (!Numbers.shows(shown.outputs().getOrDefault(expected.output(), ""), expected)) {
        mismatches.add(expected.output());
      }
    }
    return Optional.of(new Observed(test, shown.outputs(), List.copyOf(mismatches)));
  }

  private static void spoilt(Shown shown, String how, Manifest manifest, List<Finding> findings) {
    noResult(shown.outputs(), findings, "with " + how + " fields");
    boolean numbers = manifest.inputs().stream().anyMatch(i -> i.type().equals("number"));
    if (how.equals("empty") && numbers && shown.message().isEmpty() && !shown.invalid()) {
      add(findings, Finding.warning("H06", 0, "It says nothing when its fields are empty."));
    }
  }

  private static void noResult(Map<String, String> outputs, List<Finding> findings, String when) {
    outputs.forEach(
        (id, text) -> {
          var bad = NO_RESULT.matcher(text);
          if (bad.find()) {
            add(
                findings,
                Finding.error(
                    "H05", 0, "The output \"" + id + "\" shows " + bad.group() + " " + when + "."));
          }
        });
  }

  private static void add(List<Finding> findings, Finding finding) {
    if (findings.stream().noneMatch(f -> f.rule().equals(finding.rule()))) {
      findings.add(finding);
    }
  }

  private BrowserPipe browser() throws IOException {
    if (close != null) {
      close.cancel(false);
    }
    close = closing.schedule(this::end, STAYS_SECONDS, TimeUnit.SECONDS);
    var present = browser;
    if (present != null && present.alive()) {
      return present;
    }
    end();
    var started = BrowserPipe.start(chromium);
    browser = started;
    return started;
  }

  private synchronized void end() {
    var present = browser;
    browser = null;
    if (present != null) {
      present.close();
    }
  }

  @Override
  public void close() {
    closing.shutdownNow();
    end();
  }
}
