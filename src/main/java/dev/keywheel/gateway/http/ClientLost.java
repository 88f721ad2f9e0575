package dev.keywheel.gateway.http;

import java.io.IOException;

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

  public boolean stalled() {
    return stalled;
  }
}
