package dev.keywheel.recovery.batch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;

/**
 * A provider for the benchmark, in a separate process: answers every key check exactly 2 s after
 * the last byte of the request headers. Uses one thread and allocates almost nothing, so that the
 * other side is measured. Prints its port; ends when its input ends.
 */
public final class SlowProvider {
  static final long DELAY_NANOS = 2_000_000_000L;
  static final int BACKLOG = 16_384;
  private static final String BODY =
      "{\"data\":{\"label\":\"sk-or-v1-abc...def\",\"limit\":null,\"limit_remaining\":null,"
          + "\"limit_reset\":null,\"usage\":0.5,\"usage_daily\":0,\"is_free_tier\":false}}";

  static final String ANSWER =
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
          + BODY.length()
          + "\r\n\r\n"
          + BODY;

  /** An answer and its due time. All answers wait equally long, so they stay in order. */
  private record Due(long at, SocketChannel to) {}

  private final ServerSocketChannel listening;
  private final Selector selector;
  private final ByteBuffer in = ByteBuffer.allocateDirect(16 << 10);
  private final ByteBuffer answer;
  private final ArrayDeque<Due> due = new ArrayDeque<>();

  private SlowProvider() throws IOException {
    selector = Selector.open();
    listening = ServerSocketChannel.open();
    listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), BACKLOG);
    listening.configureBlocking(false);
    listening.register(selector, SelectionKey.OP_ACCEPT);
    answer = ByteBuffer.allocateDirect(ANSWER.length());
    answer.put(ANSWER.getBytes(ISO_8859_1)).flip();
  }

  public static void main(String[] args) throws IOException {
    var provider = new SlowProvider();
    var address = (InetSocketAddress) provider.listening.getLocalAddress();
    System.out.println(address.getPort());
    Thread.ofPlatform().daemon().start(SlowProvider::endWithInput);
    provider.serve();
  }

  static void endWithInput() {
    try {
      while (System.in.read() >= 0) {}
    } catch (IOException e) {
      // The other side has closed the connection.
    }
    System.exit(0);
  }

  private void serve() throws IOException {
    while (true) {
      selector.select(this::ready, untilDue());
      long now = System.nanoTime();
      while (!due.isEmpty() && due.peek().at() <= now) {
        var next = due.poll();
        try {
          next.to().write(answer.duplicate());
        } catch (IOException e) {
          next.to().close();
        }
      }
    }
  }

  private long untilDue() {
    var next = due.peek();
    return next == null ? 0 : Math.max(1, (next.at() - System.nanoTime()) / 1_000_000);
  }

  private void ready(SelectionKey key) {
    try {
      if (key.isAcceptable()) {
        accept();
      } else {
        read((SocketChannel) key.channel(), key);
      }
    } catch (IOException e) {
      key.cancel();
      try {
        key.channel().close();
      } catch (IOException alsoGone) {
        // There is nothing to close.
      }
    }
  }

  private void accept() throws IOException {
    for (var socket = listening.accept(); socket != null; socket = listening.accept()) {
      socket.configureBlocking(false);
      socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
      socket.register(selector, SelectionKey.OP_READ, new int[1]);
    }
  }

  private void read(SocketChannel socket, SelectionKey key) throws IOException {
    in.clear();
    if (socket.read(in) < 0) {
      key.cancel();
      socket.close();
      return;
    }
    var lineEnds = (int[]) key.attachment();
    in.flip();
    while (in.hasRemaining()) {
      byte next = in.get();
      lineEnds[0] = next == '\r' || next == '\n' ? lineEnds[0] + 1 : 0;
      if (lineEnds[0] == 4) {
        lineEnds[0] = 0;
        due.add(new Due(System.nanoTime() + DELAY_NANOS, socket));
      }
    }
  }
}
