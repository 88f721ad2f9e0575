package dev.keywheel.article.tool.browser;

import dev.keywheel.article.tool.BrowserCheck;
import dev.keywheel.article.tool.BrowserCheck.TestCase;
import dev.keywheel.article.tool.ToolCheck;
import dev.keywheel.article.tool.ToolDocument;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs tools in a headless Chromium, one at a time. The first check starts the browser, which ends
 * a minute after the last check.
 */
public final class BrowserToolCheck implements ToolCheck, AutoCloseable {
  private static final long STAYS_SECONDS = 60;

  private final Path chromium;
  private final ScheduledExecutorService closing =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("browser-closing").factory());
  private @Nullable DevToolsConnection browser;
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
        // A hung or crashed browser is no fault of the tool: try once more with a new one.
        return examined(tool, tests);
      } catch (IOException again) {
        end();
        return BrowserCheck.notRun("the browser failed: " + again.getMessage());
      }
    }
  }

  private BrowserCheck examined(ToolDocument tool, List<TestCase> tests) throws IOException {
    try (var session = new ToolSession(browser(), tool)) {
      return new ToolTestRun(session, tool).of(tests);
    }
  }

  private DevToolsConnection browser() throws IOException {
    if (close != null) {
      close.cancel(false);
    }
    close = closing.schedule(this::end, STAYS_SECONDS, TimeUnit.SECONDS);
    var present = browser;
    if (present != null && present.alive()) {
      return present;
    }
    end();
    var started = DevToolsConnection.start(chromium);
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
