package dev.keywheel.recovery.batch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.keywheel.support.LocalCertificate;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;

/**
 * Like {@link SlowProvider}, but encrypted, with a virtual thread for each connection, because the
 * handshake takes most of the measured time. The first argument is the certificate file.
 */
public final class SlowTlsProvider {
  private SlowTlsProvider() {}

  public static void main(String[] args) throws Exception {
    var tls = LocalCertificate.trusting(Path.of(args[0]));
    var listening =
        tls.getServerSocketFactory()
            .createServerSocket(0, SlowProvider.BACKLOG, InetAddress.getByName("localhost"));
    System.out.println(listening.getLocalPort());
    Thread.ofPlatform().daemon().start(SlowProvider::endWithInput);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      while (true) {
        var socket = listening.accept();
        threads.execute(() -> serve(socket));
      }
    }
  }

  private static void serve(Socket socket) {
    try (socket) {
      var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), ISO_8859_1));
      for (var line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {}
      LockSupport.parkNanos(SlowProvider.DELAY_NANOS);
      socket.getOutputStream().write(SlowProvider.ANSWER.getBytes(ISO_8859_1));
      socket.getOutputStream().flush();
      in.readLine();
    } catch (IOException gone) {
      // The other side has closed the connection.
    }
  }
}
