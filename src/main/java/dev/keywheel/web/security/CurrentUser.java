package dev.keywheel.web.security;

import dev.keywheel.people.identity.Principal;
import dev.keywheel.people.identity.Session;
import dev.keywheel.web.security.AuthenticationRequired.SentForm;
import io.javalin.http.Context;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Who asks. The gate puts them on the request; handlers read them here. */
public final class CurrentUser {
  private static final String ATTRIBUTE = CurrentUser.class.getName();

  private CurrentUser() {}

  /**
   * The signed-in person, with the role they have now.
   *
   * @throws AuthenticationRequired on a route for {@link RequiredRole#ANYONE} when nobody is signed
   *     in
   */
  public static Principal of(Context ctx) {
    return session(ctx).person();
  }

  /** The session of the request; as {@link #of}. */
  public static Session session(Context ctx) {
    return found(ctx).orElseThrow(() -> new AuthenticationRequired(SentForm.NONE));
  }

  /** The session of the request, if a user is signed in. */
  public static Optional<Session> found(Context ctx) {
    @Nullable Session session = ctx.attribute(ATTRIBUTE);
    return Optional.ofNullable(session);
  }

  public static void set(Context ctx, Session session) {
    ctx.attribute(ATTRIBUTE, session);
  }
}
