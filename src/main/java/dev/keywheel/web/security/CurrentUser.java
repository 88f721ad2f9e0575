package dev.keywheel.web.security;

import dev.keywheel.people.identity.Principal;
import dev.keywheel.people.identity.Session;
import dev.keywheel.web.security.AuthenticationRequired.SentForm;
import io.javalin.http.Context;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The user of a request. The access check sets it; handlers read it here. */
public final class CurrentUser {
  private static final String ATTRIBUTE = CurrentUser.class.getName();

  private CurrentUser() {}

  /**
   * The signed-in user with the current role.
   *
   * @throws AuthenticationRequired on a route for {@link RequiredRole#ANYONE} without a session
   */
  public static Principal of(Context ctx) {
    return session(ctx).person();
  }

  /** The session of the request; throws as {@link #of} does. */
  public static Session session(Context ctx) {
    return found(ctx).orElseThrow(() -> new AuthenticationRequired(SentForm.NONE));
  }

  /** The session of the request, if there is one. */
  public static Optional<Session> found(Context ctx) {
    @Nullable Session session = ctx.attribute(ATTRIBUTE);
    return Optional.ofNullable(session);
  }

  /** Sets the session of the request; null removes it. */
  public static void set(Context ctx, @Nullable Session session) {
    ctx.attribute(ATTRIBUTE, session);
  }
}
