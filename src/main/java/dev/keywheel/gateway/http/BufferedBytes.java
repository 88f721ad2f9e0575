package dev.keywheel.gateway.http;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** Limits the bytes that all requests of this node hold in memory together. */
public final class BufferedBytes {
  private final long most;
  private final String refusal;
  private final AtomicLong held = new AtomicLong();

  /**
   * @param refusal reason for refusing a request that would exceed it
   */
  public BufferedBytes(long most, String refusal) {
    this.most = most;
    this.refusal = refusal;
  }

  /** The bytes of one request. Not thread-safe. */
  public final class Share implements AutoCloseable {
    private long bytes;

    /**
     * @throws RefusedRequest when that is too much
     */
    public void add(int more) {
      hold(bytes + more);
    }

    /**
     * Sets the number of bytes counted for this holder.
     *
     * @throws RefusedRequest when that is too much
     */
    public void hold(long now) {
      long more = now - bytes;
      bytes = now;
      if (more != 0 && held.addAndGet(more) > most && more > 0) {
        throw new RefusedRequest(
            GatewayError.of(ErrorKind.OVERLOADED, refusal).retryAfter(Duration.ofSeconds(1)));
      }
    }

    @Override
    public void close() {
      held.addAndGet(-bytes);
      bytes = 0;
    }
  }

  public Share share() {
    return new Share();
  }
}
