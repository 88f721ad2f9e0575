package dev.keywheel.gateway.http;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The connection to the client is broken or aborted. */
public final class ClientLost extends IOException {
  private static final long serialVersionUID = 1;

  private final boolean stalled;

  /**
   * @param stalled whether the client is connected but takes nothing
   */
  public ClientLost(boolean stalled, Throwable cause) {
    super(cause);
    this.stalled = stalled;
  }

  /** The exchange was ended for this reason, and no write has failed. */
  public static ClientLost because(Cancellation.@Nullable Reason reason) {
    return new ClientLost(
        reason == Cancellation.Reason.CLIENT_STALLED,
        new IOException("the client has gone: " + reason));
  }

  public boolean stalled() {
    return stalled;
  }
}
