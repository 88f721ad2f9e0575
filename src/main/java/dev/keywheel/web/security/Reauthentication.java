package dev.keywheel.web.security;

import io.javalin.http.Context;
import java.time.InstantSource;

/**
 * Asks for the password again before an action that a borrowed, unlocked screen must not allow:
 * revealing a secret, exporting keys, changing where a provider is.
 */
public final class Reauthentication {
  private final InstantSource clock;

  public Reauthentication(InstantSource clock) {
    this.clock = clock;
  }

  /** Whether the password was given within the last ten minutes. */
  public boolean recently(Context ctx) {
    return CurrentUser.session(ctx).confirmed(clock.instant());
  }

  /**
   * Returns when the password was given within the last ten minutes; else the person is sent to
   * give it, and comes back to {@code next}, the page with the button that was pressed.
   */
  public void require(Context ctx, String next) {
    if (!recently(ctx)) {
      throw new ReauthenticationRequired(next);
    }
  }
}
