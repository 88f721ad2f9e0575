package dev.keywheel.recovery;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.keywheel.bench.Bench;
import dev.keywheel.bench.Bench.Figure;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.KeyToTest;
import dev.keywheel.provider.CheckOutcome;
import dev.keywheel.provider.openrouter.OpenRouter;
import dev.keywheel.recovery.batch.BatchTester;
import dev.keywheel.recovery.batch.KeyChecker;
import dev.keywheel.recovery.batch.RecoveryOverTls;
import dev.keywheel.recovery.batch.RecoveryWithDatabase;
import dev.keywheel.recovery.batch.SlowProvider;
import dev.keywheel.secret.Secret;
import dev.keywheel.time.Delayer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * The time of a batch relative to its slowest answer. The provider is another process that answers
 * each check after exactly 2 s; every connection is new. The floor is measured in the same run: the
 * same number of plain sockets on virtual threads that only write the request and read the answer.
 * Both share the machine with the provider.
 */
public final class RecoveryBench implements Bench.Benchmark {
  private static final double ANSWER_SECONDS = 2;
  public static final int RUNS = 3;
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  @Override
  public String name() {
    return "recovery";
  }

  @Override
  public List<Figure> run() throws Exception {
    var figures = new ArrayList<Figure>();
    var process = provider(SlowProvider.class);
    try {
      int port = portOf(process);
      for (int i = 0; i < 2; i++) { // warms up
        batch(() -> client(port), 1_000);
        floor(port, 1_000);
      }
      for (int keys : new int[] {100, 1_000, 10_000}) {
        measure(figures, port, keys);
      }
      tenWorkers(figures, port);
      figures.addAll(new RecoveryOverTls().run());
      figures.addAll(new RecoveryWithDatabase(base(port)).run());
      return figures;
    } finally {
      process.destroyForcibly();
    }
  }

  private static void measure(List<Figure> figures, int port, int keys) throws Exception {
    var batches = new double[RUNS];
    var floors = new double[RUNS];
    for (int i = 0; i < RUNS; i++) {
      floors[i] = floor(port, keys);
      settle();
      batches[i] = batch(() -> client(port), keys);
      settle();
    }
    var of = String.format("%,d keys at once", keys);
    figures.addAll(figures(of, batches, floors, bound(keys)));
    figures.add(ratio(of + ", one after the other", keys, "", "computed"));
    figures.add(ratio(of + ", 10 workers", Math.ceil(keys / 10.0), "", "computed"));
    var heap = Runtime.getRuntime().totalMemory() >> 20;
    figures.add(new Figure(of + ", heap held by the process", heap, "MB", "≤ 512", "measured"));
  }

  public static List<Figure> figures(String of, double[] batches, double[] floors, String bound) {
    double batch = median(batches);
    double floor = median(floors);
    return List.of(
        ratio(of + ", wall over one answer", batch, bound, "measured"),
        ratio(of + ", floor of bare sockets", floor, "", "measured"),
        ratio(of + ", over the floor", batch / floor, "≤ 1.15", "measured"));
  }

  private static OpenRouter client(int port) {
    var base = base(port);
    return new OpenRouter("openrouter", "OpenRouter", base, base, InstantSource.system());
  }

  /** A whole batch without its database: {@link BatchTester} with the real provider client. */
  public static double batch(Supplier<OpenRouter> client, int keys) throws Exception {
    var candidates = new ArrayList<KeyToTest>();
    var secrets = new ArrayList<Secret>();
    for (int i = 0; i < keys; i++) {
      candidates.add(new KeyToTest(new UUID(0, i), "key" + i, null, KeyStatus.RATE_LIMITED, 1));
      secrets.add(Secret.of("sk-or-v1-" + i));
    }
    var test = new KeyChecker(Delayer.real());
    long start = System.nanoTime();
    try (var provider = client.get();
        var batch = new BatchTester(10_000, Delayer.real())) {
      batch.add(
          candidates,
          key ->
              test.ask(
                  provider,
                  secrets.get((int) key.keyId().getLeastSignificantBits()),
                  false,
                  DEADLINE));
      int good = 0;
      while (batch.outstanding() > 0) {
        good +=
            (int)
                batch.next(DEADLINE).stream()
                    .filter(tested -> tested.outcome() instanceof CheckOutcome.Accepted)
                    .count();
      }
      return ratioOf(start, good, keys);
    }
  }

  /** The elapsed time relative to one answer; all keys must have been answered. */
  public static double ratioOf(long start, int answered, int keys) {
    double seconds = (System.nanoTime() - start) / 1e9;
    if (answered != keys) {
      throw new IllegalStateException("Only " + answered + " of " + keys + " answered");
    }
    return seconds / ANSWER_SECONDS;
  }

  private static double floor(int port, int keys) throws Exception {
    var answered = new AtomicInteger();
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    long start = System.nanoTime();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < keys; i++) {
        var request = request(i);
        threads.execute(() -> check(address, request, answered));
      }
    }
    return ratioOf(start, answered.get(), keys);
  }

  private static void check(InetSocketAddress address, byte[] request, AtomicInteger answered) {
    try (var socket = new Socket()) {
      socket.setTcpNoDelay(true);
      socket.connect(address);
      socket.getOutputStream().write(request);
      var answer = new byte[1024];
      if (socket.getInputStream().read(answer) > 0) {
        answered.incrementAndGet();
      }
    } catch (IOException e) {
      // Counted as missing.
    }
  }

  public static byte[] request(int key) {
    return ("GET /api/v1/key HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n"
            + "Authorization: Bearer sk-or-v1-"
            + key
            + "\r\n\r\n")
        .getBytes(ISO_8859_1);
  }

  /** The time of ten workers for 100 keys, to check the computed figure. */
  private static void tenWorkers(List<Figure> figures, int port) throws Exception {
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    var answered = new AtomicInteger();
    long start = System.nanoTime();
    try (var threads = Executors.newFixedThreadPool(10)) {
      for (int i = 0; i < 100; i++) {
        var request = request(i);
        threads.execute(() -> check(address, request, answered));
      }
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    figures.add(ratio("100 keys, 10 workers", seconds / ANSWER_SECONDS, "", "measured"));
  }

  private static URI base(int port) {
    return URI.create("http://127.0.0.1:" + port + "/api/v1");
  }

  public static Process provider(Class<?> which, String... arguments) throws IOException {
    var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    var command =
        new ArrayList<>(
            List.of(
                java, "-Xmx128m", "-cp", System.getProperty("java.class.path"), which.getName()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  public static int portOf(Process process) throws IOException {
    var first =
        new BufferedReader(new InputStreamReader(process.getInputStream(), ISO_8859_1)).readLine();
    return Integer.parseInt(first);
  }

  /**
   * Waits until the other side has closed its connections, so that they do not slow down the next
   * run.
   */
  public static void settle() throws InterruptedException {
    Thread.sleep(500);
  }

  public static double median(double[] values) {
    var sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  private static String bound(int keys) {
    return switch (keys) {
      case 100 -> "≤ 1.05";
      case 1_000 -> "≤ 1.10";
      default -> "≤ 1.5";
    };
  }

  private static Figure ratio(String what, double value, String bound, String how) {
    return new Figure(what, value, "ratio", bound, how);
  }
}
