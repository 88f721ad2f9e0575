package dev.keywheel.gateway.http;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Thrown when the client has disconnected or stalled, or when its connection must be aborted. */
public final class ClientLost extends IOException {
  private static final long serialVersionUID = 1;

  private final boolean stalled;

  /**
   * @param stalled whether the client is connected but does not read
   */
  public ClientLost(boolean stalled, Throwable cause) {
    super(cause);
    this.stalled = stalled;
  }

  /** The exception for a request that was cancelled for this reason without a failed write. */
  public static ClientLost because(Cancellation.@Nullable Reason reason) {
    return new ClientLost(
        reason == Cancellation.Reason.CLIENT_STALLED,
        new IOException("the client has disconnected: " + reason));
  }

  public boolean stalled() {
    return stalled;
  }
}
