package dev.keywheel.gateway.http;

import dev.keywheel.time.Deadline;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Limits the bytes that all requests of this node hold in memory together. */
public final class BufferedBytes {
  /** An answer below this share of all bytes may fill more of them than a larger one. */
  private static final int SMALL = 64;

  private final long most;
  private final String refusal;
  private long held;

  /** The part of {@link #held} that is being sent to clients, and so becomes free. */
  private long leaving;

  /** The only answer that may grow beyond the limits of the others, until it is complete. */
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
    private boolean sending;

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
     * As {@link #hold}, but waits while others use half of all bytes, or three quarters for a small
     * number of bytes, and another caller is next for the rest.
     *
     * @return false when there was no room within the time
     */
    public boolean awaitRoom(long now, Duration within) throws InterruptedException {
      if (now == bytes) {
        return true;
      }
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

    /** Lets another answer grow while this one goes to its client, which may take long. */
    public void passTurn() {
      if (bytes > 0 && !sending) {
        synchronized (BufferedBytes.this) {
          sending = true;
          leaving += bytes;
          endTurn();
        }
      }
    }

    private boolean fits(long now) {
      long after = held + now - bytes;
      if (now <= bytes || after <= (now <= most / SMALL ? most / 4 * 3 : most / 2)) {
        return true;
      }
      if (turn == null) {
        turn = this;
      }
      if (turn == this && after - leaving > most) {
        throw refused();
      }
      return turn == this && after <= most;
    }

    private void set(long now) {
      boolean freed = now < bytes;
      if (sending) {
        sending = false;
        leaving -= bytes;
      }
      held += now - bytes;
      bytes = now;
      if (now == 0) {
        endTurn();
      }
      if (freed) {
        BufferedBytes.this.notifyAll();
      }
    }

    private void endTurn() {
      if (turn == this) {
        turn = null;
        BufferedBytes.this.notifyAll();
      }
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
