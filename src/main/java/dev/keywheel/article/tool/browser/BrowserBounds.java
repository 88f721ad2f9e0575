package dev.keywheel.article.tool.browser;

import dev.keywheel.time.Deadline;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Kills a browser whose processes together use more memory, more processes or more time than one
 * check is allowed. Where there is no {@code /proc}, memory is not measured.
 */
final class BrowserBounds implements AutoCloseable {
  /** Memory limit in MB. An idle browser uses 80 MB, and a browser with a tool 100 to 150 MB. */
  static final long MAX_MEGABYTES = 768;

  private static final long MAX_PROCESSES = 64;
  static final Duration MAX_TIME = Duration.ofSeconds(60);
  private static final long INTERVAL_MILLIS = 100;

  private final BrowserProcess browser;
  private final Deadline deadline;
  private final ScheduledExecutorService measuring =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("browser-bounds").factory());
  private final ScheduledFuture<?> measurement;
  private volatile @Nullable String exceeded;

  BrowserBounds(BrowserProcess browser, Duration maxTime) {
    this.browser = browser;
    this.deadline = new Deadline(maxTime);
    this.measurement =
        measuring.scheduleWithFixedDelay(
            this::measure, INTERVAL_MILLIS, INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** The limit that was exceeded, as the end of a sentence; null if none was exceeded. */
  @Nullable String exceeded() {
    return exceeded;
  }

  private void measure() {
    var processes = browser.all().toList();
    long megabytes = processes.stream().mapToLong(p -> kilobytes(p.pid())).sum() >> 10;
    if (megabytes > MAX_MEGABYTES) {
      killFor("used more memory than allowed (" + MAX_MEGABYTES + " MB)");
    } else if (processes.size() > MAX_PROCESSES) {
      killFor("started more processes than allowed (" + MAX_PROCESSES + ")");
    } else if (deadline.passed()) {
      killFor("took more time than allowed");
    }
  }

  private void killFor(String bound) {
    if (exceeded == null) {
      exceeded = bound;
    }
    browser.kill();
  }

  /** Memory of a process in kB, without mapped files, which the processes of a browser share. */
  private static long kilobytes(long pid) {
    try (var lines = Files.lines(Path.of("/proc/" + pid + "/status"))) {
      return lines
          .filter(line -> line.startsWith("RssAnon:") || line.startsWith("RssShmem:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .sum();
    } catch (IOException | UncheckedIOException ended) {
      return 0;
    }
  }

  @Override
  public void close() {
    measurement.cancel(false);
    measuring.shutdown();
  }
}
