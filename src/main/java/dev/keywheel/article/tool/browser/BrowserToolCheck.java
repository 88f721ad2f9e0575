package dev.keywheel.article.tool.browser;

import dev.keywheel.article.tool.BrowserCheck;
import dev.keywheel.article.tool.BrowserCheck.TestCase;
import dev.keywheel.article.tool.ToolCheck;
import dev.keywheel.article.tool.ToolDocument;
import dev.keywheel.article.tool.browser.Confinement.Confined;
import dev.keywheel.article.tool.browser.Confinement.Refused;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs tools in a headless Chromium, one at a time. A check starts the browser if none is running.
 * The browser is stopped a minute after the start of the last check.
 */
public final class BrowserToolCheck implements ToolCheck, AutoCloseable {
  private static final long OPEN_SECONDS = 60;

  /** Maximum time that a page may take to answer a command. */
  static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(4);

  private static final Logger LOG = LoggerFactory.getLogger(BrowserToolCheck.class);

  private final Path chromium;
  private final Confinement confinement;
  private final Duration commandTimeout;
  private final ScheduledExecutorService closing =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("browser-closing").factory());
  private @Nullable DevToolsConnection browser;
  private @Nullable ScheduledFuture<?> close;

  public BrowserToolCheck(Path chromium) {
    this(chromium, Confinement.find(), COMMAND_TIMEOUT);
    BrowserFolder.deleteAbandoned(Path.of(System.getProperty("java.io.tmpdir")));
  }

  BrowserToolCheck(Path chromium, Confinement confinement, Duration commandTimeout) {
    this.chromium = chromium;
    this.confinement = confinement;
    this.commandTimeout = commandTimeout;
    switch (confinement) {
      case Confined confined ->
          LOG.info("Generated tools are tested in {}, {}", chromium, confined.how());
      case Refused refused ->
          LOG.warn("Generated tools are not tested in a browser: {}.", refused.why());
    }
  }

  @Override
  public synchronized BrowserCheck check(ToolDocument tool, List<TestCase> tests) {
    if (closing.isShutdown()) {
      return BrowserCheck.notRun("Keywheel is stopping");
    }
    return switch (confinement) {
      case Confined confined -> confinedCheck(confined, tool, tests);
      case Refused refused -> BrowserCheck.notRun(refused.why());
    };
  }

  private BrowserCheck confinedCheck(Confined confined, ToolDocument tool, List<TestCase> tests) {
    try {
      return testInBrowser(confined, tool, tests);
    } catch (IOException first) {
      stopBrowser();
      try {
        // A hung or crashed browser is not the fault of the tool: the test is repeated once in a
        // new browser. The first one may also have been ended by a message of an earlier tool.
        return testInBrowser(confined, tool, tests);
      } catch (IOException again) {
        boolean sentTooMuch = browser != null && browser.sentTooMuch();
        stopBrowser();
        return sentTooMuch
            ? BrowserCheck.exceeded("logged or showed more text than allowed")
            : BrowserCheck.notRun("the browser failed: " + again.getMessage());
      }
    }
  }

  private BrowserCheck testInBrowser(Confined confined, ToolDocument tool, List<TestCase> tests)
      throws IOException {
    var current = browser(confined);
    try (var bounds = new BrowserBounds(current.process(), BrowserBounds.MAX_TIME)) {
      try (var session = new ToolSession(current, tool)) {
        return new ToolTestRun(session, tool).run(tests);
      } catch (IOException e) {
        var exceeded = bounds.exceeded();
        if (exceeded == null) {
          throw e;
        }
        stopBrowser();
        return BrowserCheck.exceeded(exceeded);
      }
    }
  }

  private DevToolsConnection browser(Confined confined) throws IOException {
    if (close != null) {
      close.cancel(false);
    }
    close = closing.schedule(this::stopBrowser, OPEN_SECONDS, TimeUnit.SECONDS);
    var current = browser;
    if (current != null && current.alive()) {
      return current;
    }
    stopBrowser();
    var started = new DevToolsConnection(BrowserProcess.start(chromium, confined), commandTimeout);
    browser = started;
    return started;
  }

  private synchronized void stopBrowser() {
    var current = browser;
    browser = null;
    if (current != null) {
      current.close();
    }
  }

  @Override
  public synchronized void close() {
    closing.shutdownNow();
    stopBrowser();
  }
}
