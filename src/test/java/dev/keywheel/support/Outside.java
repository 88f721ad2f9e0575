package dev.keywheel.support;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;

/**
 * The network outside a tool's frame: listeners that record how they were reached, over HTTP, over
 * UDP with a port for each way (STUN), and over TCP (TURN).
 */
public final class Outside implements AutoCloseable {
  /** The way of a TCP connection that begins with a STUN message. */
  public static final String TURN = "rtc-turn-user";

  private final ServerSocket tcp = new ServerSocket(0);
  private final Map<String, DatagramSocket> udp = new ConcurrentHashMap<>();
  private final Map<String, String> pages = new ConcurrentHashMap<>();
  private final Set<String> reached = new ConcurrentSkipListSet<>();

  public Outside() throws IOException {
    Thread.ofVirtual().start(this::acceptAll);
  }

  /** The ways in which a listener was reached; {@code tcp} for a connection without a request. */
  public Set<String> reached() {
    return new TreeSet<>(reached);
  }

  public void forget() {
    reached.clear();
  }

  /**
   * Serves a page from the same machine as the listeners, because browsers do not let public pages
   * connect to local addresses.
   *
   * @return its URL
   */
  public String serve(String html) {
    var path = "page-" + pages.size();
    pages.put(path, html);
    return url() + "/" + path;
  }

  /** The address of the HTTP listener. */
  public String url() {
    return "http://127.0.0.1:" + tcp.getLocalPort();
  }

  /** The address of a TURN server over TCP. */
  public String turn() {
    return "turn:" + ownAddress() + ":" + tcp.getLocalPort() + "?transport=tcp";
  }

  /** The address of a STUN server for one way. */
  public String stun(String way) {
    return "stun:" + ownAddress() + ":" + udp.computeIfAbsent(way, this::listen).getLocalPort();
  }

  /** Sends one more request; when it has arrived, all earlier ones have arrived. */
  public void requestAndAwait(String way) {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), tcp.getLocalPort())) {
      socket
          .getOutputStream()
          .write(("GET /" + way + " HTTP/1.1\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
      socket.getInputStream().readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void acceptAll() {
    while (!tcp.isClosed()) {
      try {
        var socket = tcp.accept();
        Thread.ofVirtual().start(() -> answer(socket));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void answer(Socket socket) {
    try (socket;
        var in = new BufferedInputStream(socket.getInputStream())) {
      in.mark(1);
      int first = in.read();
      if (first < ' ') {
        reached.add(first < 0 ? "tcp" : TURN);
        return;
      }
      in.reset();
      var line = new StringBuilder();
      for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
        line.append((char) c);
      }
      var words = line.toString().split(" ");
      var way = words.length > 1 ? words[1].replaceAll("^/|[?#].*", "") : "tcp";
      var page = pages.get(way);
      if (page == null && !way.equals("favicon.ico")) {
        reached.add(way);
      }
      var type =
          way.contains("css") || way.contains("stylesheet")
              ? "text/css"
              : way.matches(".*(script|import|worker|worklet).*") ? "text/javascript" : "text/html";
      socket
          .getOutputStream()
          .write(
              ("HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nContent-Type: "
                      + type
                      + "\r\nConnection: close\r\n\r\n"
                      + (page == null ? "" : page))
                  .getBytes(StandardCharsets.UTF_8));
    } catch (IOException gone) {
      reached.add("tcp");
    }
  }

  private DatagramSocket listen(String way) {
    try {
      var socket = new DatagramSocket(0);
      Thread.ofVirtual().start(() -> receiveAll(way, socket));
      return socket;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void receiveAll(String way, DatagramSocket socket) {
    var packet = new DatagramPacket(new byte[2_048], 2_048);
    while (!socket.isClosed()) {
      try {
        socket.receive(packet);
        reached.add(way);
      } catch (IOException closed) {
        return;
      }
    }
  }

  /**
   * An address of this machine other than the loopback address, which peer connections do not use.
   */
  private static String ownAddress() {
    try {
      return NetworkInterface.networkInterfaces()
          .flatMap(NetworkInterface::inetAddresses)
          .filter(a -> !a.isLoopbackAddress() && a.getAddress().length == 4)
          .map(InetAddress::getHostAddress)
          .findFirst()
          .orElse("127.0.0.1");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    tcp.close();
    udp.values().forEach(DatagramSocket::close);
  }
}
