package dev.keywheel.support;

import static java.util.stream.Collectors.joining;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingStream;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.StoreScope;

/**
 * Attached to every test of the project by its service file. Reads the output of the process,
 * including log lines, and the text of every exception, and fails the test in which {@link Canary}
 * found a secret. The cost is that of searching each text for three characters.
 *
 * <p>Reading continues for the session of the process: Surefire makes a request for each class, and
 * starting and stopping it takes up to a second.
 */
public final class CanaryWatch implements BeforeAllCallback, AfterEachCallback, AfterAllCallback {
  private static final Namespace NAMESPACE = Namespace.create(CanaryWatch.class);

  @Override
  public void beforeAll(ExtensionContext context) {
    context
        .getStore(StoreScope.LAUNCHER_SESSION, NAMESPACE)
        .computeIfAbsent("taps", name -> Taps.open(), Taps.class);
    context
        .getRoot()
        .getStore(NAMESPACE)
        .computeIfAbsent("databases", name -> new OpenDatabases(), OpenDatabases.class);
  }

  @Override
  public void afterEach(ExtensionContext context) {
    assertNoLeaks();
  }

  @Override
  public void afterAll(ExtensionContext context) {
    assertNoLeaks();
  }

  private static void assertNoLeaks() {
    var leaks = Canary.takeLeaks();
    if (!leaks.isEmpty()) {
      throw new AssertionError("Leaked secrets:\n" + String.join("\n", leaks));
    }
  }

  /** The databases that the test classes of a request have left open. */
  private record OpenDatabases() implements AutoCloseable {
    @Override
    public void close() throws IOException {
      TestDatabase.sweepOpen();
      assertNoLeaks();
    }
  }

  /**
   * JUnit closes this record with the store of its session, which then fails if there was a leak.
   */
  private record Taps(PrintStream out, PrintStream err, RecordingStream thrown)
      implements AutoCloseable {

    static Taps open() {
      var taps = new Taps(System.out, System.err, new RecordingStream());
      System.setOut(tap(taps.out));
      System.setErr(tap(taps.err));
      taps.thrown.enable("jdk.JavaExceptionThrow").withStackTrace();
      taps.thrown.enable("jdk.JavaErrorThrow"); // JDK 25 traces neither without this one
      taps.thrown.onEvent("jdk.JavaExceptionThrow", Taps::search);
      taps.thrown.startAsync();
      return taps;
    }

    private static PrintStream tap(PrintStream to) {
      return new PrintStream(new Lines(to), true, StandardCharsets.UTF_8);
    }

    /** Messages of the browser's driver and of failed tests contain the test's own input. */
    private static void search(RecordedEvent event) {
      var message = event.getString("message");
      var kind = event.getClass("thrownClass").getName();
      var ofTheTest = kind.startsWith("com.microsoft.playwright.") || kind.contains("Assertion");
      if (message != null && !ofTheTest) {
        Canary.watch("the exception " + kind + " made " + places(event), message);
      }
    }

    private static String places(RecordedEvent event) {
      var trace = event.getStackTrace();
      return trace == null
          ? "somewhere"
          : trace.getFrames().stream()
              .filter(frame -> frame.getMethod().getType().getName().startsWith("dev.keywheel"))
              .limit(4)
              .map(frame -> frame.getMethod().getType().getName() + ":" + frame.getLineNumber())
              .collect(joining(" < ", "at ", ""));
    }

    @Override
    public void close() {
      thrown.stop();
      System.setOut(out);
      System.setErr(err);
      assertNoLeaks();
    }
  }

  /** Forwards output and checks each line. */
  private static final class Lines extends OutputStream {
    private final OutputStream to;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    Lines(OutputStream to) {
      this.to = to;
    }

    @Override
    public void write(int one) {
      write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public synchronized void write(byte[] bytes, int from, int length) {
      try {
        to.write(bytes, from, length);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      line.write(bytes, from, length);
      if (length > 0 && bytes[from + length - 1] == '\n') {
        Canary.watch("what was printed", line.toString(StandardCharsets.UTF_8));
        line.reset();
      }
    }

    @Override
    public void flush() {
      try {
        to.flush();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
