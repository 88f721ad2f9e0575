package dev.keywheel.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.nio.channels.spi.AbstractSelector;
import java.nio.channels.spi.SelectorProvider;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ClientWatchTest {

  private static List<Throwable> failures() {
    return List.of(new IOException("on purpose"), new OutOfMemoryError("on purpose"));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void an_error_of_the_selector_does_not_end_the_watch(Throwable failure) throws Exception {
    var selected = new CountDownLatch(2);
    var failing =
        new AbstractSelector(SelectorProvider.provider()) {
          @Override
          public int select() throws IOException {
            selected.countDown();
            if (failure instanceof IOException broken) {
              throw broken;
            }
            throw (Error) failure;
          }

          @Override
          public int select(long timeout) throws IOException {
            return select();
          }

          @Override
          public int selectNow() throws IOException {
            return select();
          }

          @Override
          public Selector wakeup() {
            return this;
          }

          @Override
          public Set<SelectionKey> keys() {
            return Set.of();
          }

          @Override
          public Set<SelectionKey> selectedKeys() {
            return new HashSet<>();
          }

          @Override
          protected void implCloseSelector() {}

          @Override
          protected SelectionKey register(AbstractSelectableChannel channel, int ops, Object with) {
            throw new UnsupportedOperationException();
          }
        };
    try (var _ = new ClientWatch(failing)) {
      assertThat(selected.await(30, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void an_error_of_one_connection_does_not_end_the_watch_of_the_others() throws Exception {
    var broken = new CountDownLatch(1);
    var gone = new CountDownLatch(1);
    try (var watch = new ClientWatch();
        var server = ServerSocketChannel.open();
        var blocking = SocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      try (var one = SocketChannel.open(server.getLocalAddress());
          var oneHere = server.accept();
          var other = SocketChannel.open(server.getLocalAddress());
          var otherHere = server.accept()) {
        oneHere.configureBlocking(false);
        otherHere.configureBlocking(false);
        watch.watch(blocking, gone::countDown); // cannot be registered
        watch.watch(
            oneHere,
            () -> {
              broken.countDown();
              throw new IllegalStateException("on purpose");
            });
        watch.watch(otherHere, gone::countDown);
        one.close();
        assertThat(broken.await(30, TimeUnit.SECONDS)).isTrue();
        other.close();
        assertThat(gone.await(30, TimeUnit.SECONDS)).isTrue();
      }
    }
  }

  @Test
  void a_client_that_sends_more_has_not_disconnected() throws Exception {
    var sender = new CountDownLatch(1);
    var gone = new CountDownLatch(1);
    try (var watch = new ClientWatch();
        var server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      try (var sending = SocketChannel.open(server.getLocalAddress());
          var sendingHere = server.accept();
          var leaving = SocketChannel.open(server.getLocalAddress());
          var leavingHere = server.accept()) {
        sendingHere.configureBlocking(false);
        leavingHere.configureBlocking(false);
        watch.watch(sendingHere, sender::countDown);
        watch.watch(leavingHere, gone::countDown);
        sending.write(ByteBuffer.wrap(new byte[] {'\r', '\n'}));
        leaving.close();
        assertThat(gone.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(sender.getCount()).isOne();
      }
    }
  }

  @Test
  void a_connection_whose_last_watch_has_just_ended_is_watched_again() throws Exception {
    var gone = new CountDownLatch(1);
    try (var watch = new ClientWatch();
        var server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      try (var client = SocketChannel.open(server.getLocalAddress());
          var here = server.accept()) {
        here.configureBlocking(false);
        for (int request = 0; request < 1_000; request++) {
          watch.watch(here, gone::countDown).close();
        }
        watch.watch(here, gone::countDown);
        assertThat(gone.getCount()).isOne();
        client.close();
        assertThat(gone.await(30, TimeUnit.SECONDS)).isTrue();
      }
    }
  }
}
