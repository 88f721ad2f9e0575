package dev.keywheel.recovery.batch;

import dev.keywheel.bench.Bench.Figure;
import dev.keywheel.provider.openrouter.OverTls;
import dev.keywheel.recovery.RecoveryBench;
import dev.keywheel.support.LocalCertificate;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * A batch of 1,000 over encrypted connections, nearly all with a full handshake. Client and server
 * share one machine, so the ratio to the floor is more meaningful than the elapsed time.
 */
public final class RecoveryOverTls {
  private static final int KEYS = 1_000;

  /** Number of batches for warming up: handshakes reach full speed only after thousands of them. */
  private static final int WARM_UP = 3;

  public List<Figure> run() throws Exception {
    var folder = Files.createTempDirectory("keywheel-bench");
    var certificate = LocalCertificate.in(folder);
    var process = RecoveryBench.provider(SlowTlsProvider.class, certificate.toString());
    try {
      int port = RecoveryBench.portOf(process);
      for (int i = 0; i < WARM_UP; i++) {
        batch(port, certificate);
        floor(port, certificate);
      }
      var batches = new double[RecoveryBench.RUNS];
      var floors = new double[RecoveryBench.RUNS];
      for (int i = 0; i < RecoveryBench.RUNS; i++) {
        floors[i] = floor(port, certificate);
        RecoveryBench.settle();
        batches[i] = batch(port, certificate);
        RecoveryBench.settle();
      }
      return RecoveryBench.figures("1,000 keys over TLS", batches, floors, "");
    } finally {
      process.destroyForcibly();
      Files.delete(certificate);
      Files.delete(folder);
    }
  }

  private static double batch(int port, Path certificate) throws Exception {
    var tls = LocalCertificate.trusting(certificate);
    var base = URI.create("https://localhost:" + port + "/api/v1");
    return RecoveryBench.batch(() -> OverTls.at(base, tls), KEYS);
  }

  private static double floor(int port, Path certificate) throws Exception {
    var tls = LocalCertificate.trusting(certificate);
    var answered = new AtomicInteger();
    long start = System.nanoTime();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < KEYS; i++) {
        var request = RecoveryBench.request(i);
        threads.execute(() -> check(tls, port, request, answered));
      }
    }
    return RecoveryBench.ratioOf(start, answered.get(), KEYS);
  }

  private static void check(SSLContext tls, int port, byte[] request, AtomicInteger answered) {
    try (var socket = (SSLSocket) tls.getSocketFactory().createSocket("localhost", port)) {
      socket.setTcpNoDelay(true);
      socket.getOutputStream().write(request);
      if (socket.getInputStream().read(new byte[1024]) > 0) {
        answered.incrementAndGet();
      }
    } catch (IOException e) {
      // Counted as missing.
    }
  }
}
