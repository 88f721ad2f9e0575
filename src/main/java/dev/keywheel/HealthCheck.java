package dev.keywheel;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** The health check of the container image, which has no other program for HTTP requests. */
final class HealthCheck {
  private static final int PATIENCE_MILLIS = 3_000;

  private HealthCheck() {}

  /** Exits with 0 if {@code /healthz} of this container answers 200. */
  public static void main(String[] args) {
    String port = System.getenv().getOrDefault("PORT", "8080");
    System.exit(healthy(Integer.parseInt(port)) ? 0 : 1);
  }

  static boolean healthy(int port) {
    try (var socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), port), PATIENCE_MILLIS);
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket
          .getOutputStream()
          .write(
              "GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      var answer =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
      String status = answer.readLine();
      return status != null && status.contains(" 200 ");
    } catch (IOException e) {
      return false;
    }
  }
}
