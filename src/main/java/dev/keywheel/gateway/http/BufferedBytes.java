package dev.keywheel.gateway.http;

import dev.keywheel.time.Deadline;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Limits the bytes that all requests of this node hold in memory together. */
public final class BufferedBytes {
  /** Share of all bytes up to which a request need not wait for larger ones. */
  private static final int SMALL = 64;

  private final long most;
  private final String refusal;
  private long held;

  /** Takes the second half, so that at least one large answer comes to its end. */
  private @Nullable Share turn;

  /**
   * @param refusal reason for refusing a request that would exceed it
   */
  public BufferedBytes(long most, String refusal) {
    this.most = most;
    this.refusal = refusal;
  }

  /** The bytes of one request, used by one thread. */
  public final class Share implements AutoCloseable {
    private long bytes;

    /**
     * Sets the number of bytes counted for this holder.
     *
     * @throws RefusedRequest when that is too much
     */
    public void hold(long now) {
      synchronized (BufferedBytes.this) {
        if (now > bytes && held + now - bytes > most) {
          throw refused();
        }
        set(now);
      }
    }

    /**
     * As {@link #hold}, but waits while others use the first half and another has its turn with the
     * second.
     *
     * @return false when there was no room within the time
     */
    public boolean awaitRoom(long now, Duration within) throws InterruptedException {
      var deadline = new Deadline(within);
      synchronized (BufferedBytes.this) {
        while (!fits(now)) {
          if (deadline.passed()) {
            return false;
          }
          BufferedBytes.this.wait(Math.max(1, deadline.left().toMillis()));
        }
        set(now);
        return true;
      }
    }

    private boolean fits(long now) {
      long after = held + now - bytes;
      if (now <= bytes || after <= (now <= most / SMALL ? most : most / 2)) {
        return true;
      }
      if (turn == null) {
        turn = this;
      }
      if (turn == this && after > most) {
        throw refused();
      }
      return turn == this;
    }

    private void set(long now) {
      held += now - bytes;
      bytes = now;
      if (turn == this && now == 0) {
        turn = null;
      }
      BufferedBytes.this.notifyAll();
    }

    public RefusedRequest refused() {
      return new RefusedRequest(
          GatewayError.of(ErrorKind.OVERLOADED, refusal).retryAfter(Duration.ofSeconds(1)));
    }

    @Override
    public void close() {
      synchronized (BufferedBytes.this) {
        set(0);
      }
    }
  }

  public Share share() {
    return new Share();
  }
}
