package dev.keywheel.gateway.http;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Detects promptly that a client closed its connection. The server does not read a connection while
 * a handler works, and the first write after the close still succeeds. Therefore a separate
 * selector watches the sockets of requests in progress. A socket that becomes readable without
 * bytes to read was closed by its client. A client that sends more during its request, which is
 * rare, is no longer watched. {@link Cancellation} decides what then ends.
 */
public final class ClientWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ClientWatch.class);

  private static final Duration FAILURE_PAUSE = Duration.ofMillis(100);

  /** Period in which new connections are collected; each is registered after one or two periods. */
  private static final Duration GATHER_PERIOD = Duration.ofMillis(25);

  private final Selector selector;
  private final Queue<Runnable> changes = new ConcurrentLinkedQueue<>();
  private final List<Watch> begun = new ArrayList<>();
  private final AtomicBoolean selecting = new AtomicBoolean();

  public ClientWatch() {
    this(open());
  }

  ClientWatch(Selector selector) {
    this.selector = selector;
    Thread.ofPlatform().daemon().name("gateway-clients").start(this::run);
  }

  private static Selector open() {
    try {
      return Selector.open();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * @param gone called at most once, on its own thread, when the client closes the connection
   */
  public Watch watch(SelectableChannel channel, Runnable gone) {
    var watch = new Watch(channel, gone);
    change(() -> begun.add(watch));
    return watch;
  }

  /** Watches one connection. Must be closed before the connection takes its next request. */
  public final class Watch implements AutoCloseable {
    private final SelectableChannel channel;
    private final Runnable gone;
    private final AtomicBoolean active = new AtomicBoolean(true);
    private volatile @Nullable SelectionKey key;

    private Watch(SelectableChannel channel, Runnable gone) {
      this.channel = channel;
      this.gone = gone;
    }

    private void fire() {
      if (active.compareAndSet(true, false)) {
        Thread.ofVirtual().name("gateway-client-gone").start(gone);
      }
    }

    @Override
    public void close() {
      active.set(false);
      SelectionKey registered = key;
      if (registered != null) {
        change(registered::cancel);
      }
    }
  }

  private void change(Runnable change) {
    changes.add(change);
    if (selecting.compareAndSet(true, false)) {
      selector.wakeup();
    }
  }

  private void run() {
    try {
      while (selector.isOpen()) {
        try {
          watchOnce();
        } catch (Error e) { // such as a lack of memory: this is the only thread that watches
          log.error("Disconnected clients are temporarily not detected.", e);
          LockSupport.parkNanos(FAILURE_PAUSE.toNanos());
        }
      }
    } catch (ClosedSelectorException closed) {
      // The gateway was closed.
    }
  }

  private void watchOnce() {
    selecting.set(true);
    if (changes.isEmpty() && begun.isEmpty()) {
      select();
    }
    selecting.set(false);
    if (!changes.isEmpty() || !begun.isEmpty()) {
      LockSupport.parkNanos(GATHER_PERIOD.toNanos());
      selectNow();
    }
    var older = List.copyOf(begun);
    begun.clear();
    for (Runnable change = changes.poll(); change != null; change = changes.poll()) {
      apply(change);
    }
    older.forEach(watch -> apply(() -> register(watch)));
  }

  private void selectNow() {
    try {
      selector.selectNow(this::ready);
    } catch (IOException e) {
      log.warn("Disconnected clients are temporarily not detected.", e);
    }
  }

  private void select() {
    try {
      selector.select(this::ready);
    } catch (IOException e) {
      log.warn("Disconnected clients are temporarily not detected.", e);
      LockSupport.parkNanos(FAILURE_PAUSE.toNanos());
    }
  }

  /** Applies a change. An error of one connection must not end the watching of the others. */
  private static void apply(Runnable change) {
    try {
      change.run();
    } catch (RuntimeException e) {
      log.warn("A client's connection cannot be watched.", e);
    }
  }

  private void ready(SelectionKey key) {
    var watch = (Watch) key.attachment();
    key.cancel();
    if (!hasSentMore(key.channel())) {
      watch.fire();
    }
  }

  /**
   * Whether the client has sent more: its next request, or the empty line that some clients send
   * after a body. The end of such a connection is noticed only at the next write.
   */
  private static boolean hasSentMore(SelectableChannel channel) {
    try {
      return channel instanceof SocketChannel socket
          && socket.socket().getInputStream().available() > 0;
    } catch (IOException broken) {
      return false;
    }
  }

  private void register(Watch watch) {
    if (!watch.active.get()) {
      return;
    }
    try {
      SelectionKey key = registered(watch);
      watch.key = key;
      if (!watch.active.get()) { // closed before this SelectionKey existed
        key.cancel();
      }
    } catch (ClosedChannelException closed) {
      watch.fire();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private SelectionKey registered(Watch watch) throws IOException {
    try {
      return watch.channel.register(selector, SelectionKey.OP_READ, watch);
    } catch (CancelledKeyException before) {
      selector.selectNow(this::ready); // removes the cancelled key of the previous request
      return watch.channel.register(selector, SelectionKey.OP_READ, watch);
    }
  }

  @Override
  public void close() {
    try {
      selector.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
