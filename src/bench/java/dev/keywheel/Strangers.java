package dev.keywheel;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.keywheel.support.HostileRequests;
import dev.keywheel.support.RawHttp;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.util.List;
import java.util.concurrent.Executors;

/** 200 connections that misbehave, in a separate process. */
final class Strangers {
  private static final int SLOW_HEADS = 50;
  private static final int SLOW_BODIES = 50;
  private static final int SILENT = 20;
  private static final int HOSTILE = 40;
  private static final int FLOODS = 20;
  private static final int MALFORMED = 20;

  private static final String FLOOD = "GET /login HTTP/1.1\r\nHost: localhost\r\n\r\n";
  private static final String MALFORMED_HEAD =
      "GET /login HTTP/1.1\r\nHost: localhost\r\nHost: other\r\n\r\n";
  private static final String HEAD = "GET /login HTTP/1.1\r\nHost: localhost\r\n";
  private static final String BODY =
      "POST /login HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\nContent-Type:"
          + " application/x-www-form-urlencoded\r\nContent-Length: 60000\r\n\r\nemail=";

  private final URI server;
  private final List<String> hostile = List.copyOf(HostileRequests.all().values());

  private Strangers(URI server) {
    this.server = server;
  }

  @FunctionalInterface
  private interface Misbehaviour {
    void once() throws IOException, InterruptedException;
  }

  /**
   * Runs until it is killed.
   *
   * @param args the address of the server
   */
  public static void main(String[] args) {
    var strangers = new Strangers(URI.create(args[0]));
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      start(threads, SLOW_HEADS, () -> strangers.drip(HEAD, "X"));
      start(threads, SLOW_BODIES, () -> strangers.drip(BODY, "a"));
      start(threads, SILENT, () -> strangers.drip("", ""));
      start(threads, HOSTILE, strangers::send);
      start(threads, FLOODS, strangers::flood);
      start(threads, MALFORMED, () -> RawHttp.exchange(args[0], MALFORMED_HEAD));
    }
  }

  private static void start(
      java.util.concurrent.ExecutorService threads, int many, Misbehaviour misbehaviour) {
    for (int i = 0; i < many; i++) {
      threads.execute(() -> forever(misbehaviour));
    }
  }

  private static void forever(Misbehaviour misbehaviour) {
    while (true) {
      try {
        misbehaviour.once();
      } catch (IOException refused) {
        // Connects again.
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private void drip(String first, String drop) throws IOException, InterruptedException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), server.getPort())) {
      socket.getOutputStream().write(first.getBytes(US_ASCII));
      while (true) {
        Thread.sleep(500);
        socket.getOutputStream().write(drop.getBytes(US_ASCII));
      }
    }
  }

  private void send() throws IOException, InterruptedException {
    for (var request : hostile) {
      RawHttp.exchange(server.toString(), request, 100);
      Thread.sleep(100);
    }
  }

  private void flood() throws IOException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), server.getPort())) {
      InputStream answers = socket.getInputStream();
      var buffer = new byte[65_536];
      while (true) {
        socket.getOutputStream().write(FLOOD.getBytes(US_ASCII));
        if (answers.read(buffer) < 0) {
          return;
        }
      }
    }
  }
}
