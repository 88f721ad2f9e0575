package dev.keywheel.gateway.http;

import dev.keywheel.time.Deadline;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Limits the total number of bytes that all requests of this node hold in memory. */
public final class BufferedBytes {
  /** A share is small if it is at most the maximum divided by this number. */
  private static final int SMALL_DIVISOR = 64;

  private final long max;
  private final String refusal;
  private long held;

  /** The part of {@link #held} that is being sent to clients and will then be free. */
  private long sendingBytes;

  /** The only share that may grow up to the maximum, until it is sent or closed; null if none. */
  private @Nullable Share turn;

  /**
   * @param max the maximum of all shares together
   * @param refusal the message for a request that would exceed the maximum
   */
  public BufferedBytes(long max, String refusal) {
    this.max = max;
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
    void hold(long newSize) {
      synchronized (BufferedBytes.this) {
        if (newSize > bytes && held + newSize - bytes > max) {
          throw refused();
        }
        set(newSize);
      }
    }

    /**
     * Like {@link #hold}, but waits for room. A share may grow until half of the maximum is in use,
     * or three quarters for a small share. One share at a time may grow up to the maximum.
     *
     * @return false if there was no room within the time
     * @throws RefusedRequest if there would be no room even if all shares that are being sent were
     *     free
     */
    boolean awaitRoom(long newSize, Duration within) throws InterruptedException {
      if (newSize == bytes) {
        return true;
      }
      var deadline = new Deadline(within);
      synchronized (BufferedBytes.this) {
        while (!fits(newSize)) {
          if (deadline.passed()) {
            return false;
          }
          BufferedBytes.this.wait(Math.max(1, deadline.left().toMillis()));
        }
        set(newSize);
        return true;
      }
    }

    /** Lets another answer grow while this answer is sent, which may take a long time. */
    void passTurn() {
      if (bytes > 0 && !sending) {
        synchronized (BufferedBytes.this) {
          sending = true;
          sendingBytes += bytes;
          endTurn();
        }
      }
    }

    /** Whether the share may have this size. A share that needs the turn takes it if it is free. */
    private boolean fits(long newSize) {
      long after = held + newSize - bytes;
      if (newSize <= bytes || after <= (newSize <= max / SMALL_DIVISOR ? max / 4 * 3 : max / 2)) {
        return true;
      }
      if (turn == null) {
        turn = this;
      }
      if (turn == this && after - sendingBytes > max) {
        throw refused();
      }
      return turn == this && after <= max;
    }

    private void set(long newSize) {
      boolean freed = newSize < bytes;
      if (sending) {
        sending = false;
        sendingBytes -= bytes;
      }
      held += newSize - bytes;
      bytes = newSize;
      if (newSize == 0) {
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
