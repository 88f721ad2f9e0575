package dev.keywheel;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** The health check of the container image, which has no other program for HTTP requests. */
final class HealthProbe {
  private static final int TIMEOUT_MILLIS = 3_000;

  private HealthProbe() {}

  /** Exits with 0 if {@code /healthz} of this container answers 200. */
  public static void main(String[] args) {
    System.exit(healthy(System.getenv()) ? 0 : 1);
  }

  /**
   * @param environment the environment of the server, which defines where it listens
   */
  static boolean healthy(Map<String, String> environment) {
    try (var socket = new Socket()) {
      var host = InetAddress.getByName(value(environment, "KEYWHEEL_HOST", "127.0.0.1"));
      int port = Integer.parseInt(value(environment, "PORT", "8080"));
      socket.connect(
          new InetSocketAddress(
              host.isAnyLocalAddress() ? InetAddress.getLoopbackAddress() : host, port),
          TIMEOUT_MILLIS);
      socket.setSoTimeout(TIMEOUT_MILLIS);
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

  /** The value of a variable; an empty one counts as unset. */
  static String value(Map<String, String> environment, String name, String fallback) {
    var value = environment.getOrDefault(name, "").strip();
    return value.isEmpty() ? fallback : value;
  }
}
