package dev.keywheel.provider.socket;

import dev.keywheel.time.Deadline;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;

/**
 * A connected socket whose reads share one deadline. TLS reads several times for one record, and
 * the timeout of a socket starts again with each read.
 */
final class DeadlineSocket extends Socket {
  /** No deadline: a read ends only with data or with the connection. */
  static final Deadline NONE = new Deadline(Duration.ofDays(36_500));

  private final Socket connected;
  private final InputStream in;
  private Deadline deadline = new Deadline(Duration.ZERO);

  DeadlineSocket(Socket connected) throws IOException {
    this.connected = connected;
    this.in = new LimitedReads(connected.getInputStream());
  }

  /** Sets the deadline of all later reads; called by the thread that reads. */
  void setDeadline(Deadline reads) {
    deadline = reads;
  }

  /**
   * The time left in milliseconds; at least 1, because 0 would mean no timeout.
   *
   * @throws SocketTimeoutException when the deadline has passed
   */
  static int millis(Deadline deadline) throws SocketTimeoutException {
    Duration left = deadline.left();
    if (!left.isPositive()) {
      throw new SocketTimeoutException("no time left");
    }
    return (int) Math.clamp(left.toMillis(), 1, Integer.MAX_VALUE);
  }

  private final class LimitedReads extends FilterInputStream {
    LimitedReads(InputStream in) {
      super(in);
    }

    @Override
    public int read(byte[] buffer, int from, int length) throws IOException {
      connected.setSoTimeout(deadline == NONE ? 0 : millis(deadline));
      return in.read(buffer, from, length);
    }

    @Override
    public int read() throws IOException {
      var one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }
  }

  @Override
  public InputStream getInputStream() {
    return in;
  }

  @Override
  public OutputStream getOutputStream() throws IOException {
    return connected.getOutputStream();
  }

  @Override
  public boolean isConnected() {
    return connected.isConnected();
  }

  @Override
  public boolean isClosed() {
    return connected.isClosed();
  }

  @Override
  public InetAddress getInetAddress() {
    return connected.getInetAddress();
  }

  @Override
  public int getPort() {
    return connected.getPort();
  }

  @Override
  public int getSoLinger() throws SocketException {
    return connected.getSoLinger();
  }

  @Override
  public int getSoTimeout() throws SocketException {
    return connected.getSoTimeout();
  }

  @Override
  public void setSoTimeout(int millis) throws SocketException {
    connected.setSoTimeout(millis);
  }

  @Override
  public void shutdownInput() throws IOException {
    connected.shutdownInput();
  }

  @Override
  public void shutdownOutput() throws IOException {
    connected.shutdownOutput();
  }

  @Override
  public void close() throws IOException {
    connected.close();
  }
}
