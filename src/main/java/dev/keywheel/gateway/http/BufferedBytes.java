package dev.keywheel.gateway.http;

import dev.keywheel.time.Deadline;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Limits the bytes that all requests of this node hold in memory together. */
public final class BufferedBytes {
  /** A share is small up to the maximum divided by this number. */
  private static final int SMALL = 64;

  private final long most;
  private final String refusal;
  private long held;

  /** The part of {@link #held} that is being sent to clients and will then be free. */
  private long leaving;

  /** The only share that may grow up to the maximum, until it is sent or closed; null if none. */
  private @Nullable Share turn;

  /**
   * @param refusal the message for a request that would exceed the maximum
   */
  public BufferedBytes(long most, String refusal) {
    this.most = most;
    this.refusal = refusal;
  }

  /** The bytes of one request. Only one thread may use it. */
  public final class Share implements AutoCloseable {
    private long bytes;
    private boolean sending;

    /**
     * Sets the number of bytes of this share.
     *
     * @throws RefusedRequest if all shares together would exceed the maximum
     */
    void hold(long now) {
      synchronized (BufferedBytes.this) {
        if (now > bytes && held + now - bytes > most) {
          throw refused();
        }
        set(now);
      }
    }

    /**
     * Like {@link #hold}, but waits for room. A share may grow until half of the maximum is in use,
     * or three quarters for a small share. One share at a time may grow up to the maximum.
     *
     * @return false if there was no room within the time
     * @throws RefusedRequest if even the end of all shares being sent would not make room
     */
    boolean awaitRoom(long now, Duration within) throws InterruptedException {
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

    /** Lets another answer grow while this answer is sent, which may take a long time. */
    void passTurn() {
      if (bytes > 0 && !sending) {
        synchronized (BufferedBytes.this) {
          sending = true;
          leaving += bytes;
          endTurn();
        }
      }
    }

    /** Whether the share may have this size. A share that needs the turn takes it if it is free. */
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

    RefusedRequest refused() {
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
