package dev.keywheel.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A network link that a test can break. While it is silent no byte passes and no connection is
 * reset, as when a firewall drops packets; bytes that were in transit arrive after {@link #heal}.
 */
public final class TcpProxy implements AutoCloseable {
  private enum State {
    OPEN,
    SILENT,
    REFUSING
  }

  private final ServerSocket listening;
  private final InetSocketAddress target;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private State state = State.OPEN;

  public TcpProxy(int targetPort) {
    var loopback = InetAddress.getLoopbackAddress();
    target = new InetSocketAddress(loopback, targetPort);
    try {
      listening = new ServerSocket(0, 200, loopback);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    threads.submit(this::accept);
  }

  public int port() {
    return listening.getLocalPort();
  }

  /** Drops every packet from now on, in both directions. */
  public void silence() {
    become(State.SILENT);
  }

  /** Resets open connections and every later one. */
  public void refuse() {
    become(State.REFUSING);
    cut();
  }

  public void heal() {
    become(State.OPEN);
  }

  /** Resets open connections, but not later ones. */
  public void cut() {
    sockets.forEach(TcpProxy::reset);
  }

  private void become(State now) {
    lock.lock();
    try {
      state = now;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void accept() {
    while (!listening.isClosed()) {
      try {
        var client = listening.accept();
        threads.submit(() -> connect(client));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void connect(Socket client) {
    sockets.add(client);
    var server = new Socket();
    sockets.add(server);
    try {
      if (!passes()) {
        throw new IOException("refused");
      }
      client.setTcpNoDelay(true);
      server.setTcpNoDelay(true);
      server.connect(target);
      threads.submit(() -> pump(server, client));
      pump(client, server);
    } catch (IOException gone) {
      end(client);
      end(server);
    }
  }

  private void pump(Socket from, Socket to) {
    try {
      var bytes = new byte[16_384];
      int read = from.getInputStream().read(bytes);
      while (read >= 0 && passes()) {
        to.getOutputStream().write(bytes, 0, read);
        read = from.getInputStream().read(bytes);
      }
      if (passes()) {
        to.shutdownOutput();
        return;
      }
    } catch (IOException gone) {
      // The other direction detects it itself.
    }
    end(from);
    end(to);
  }

  /** Waits while the link is silent; returns false if it refuses connections. */
  private boolean passes() {
    lock.lock();
    try {
      while (state == State.SILENT) {
        changed.awaitUninterruptibly();
      }
      return state == State.OPEN;
    } finally {
      lock.unlock();
    }
  }

  private void end(Socket socket) {
    sockets.remove(socket);
    reset(socket);
  }

  private static void reset(Socket socket) {
    try {
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException closed) {
      // The socket was closed on purpose.
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
    refuse();
    threads.shutdownNow();
  }
}
