package dev.keywheel.web;

import dev.keywheel.people.Person;
import dev.keywheel.people.Session;
import io.javalin.http.Context;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Who asks. The gate puts them on the request; handlers read them here. */
public final class Viewer {
  private static final String ATTRIBUTE = Viewer.class.getName();

  private Viewer() {}

  /**
   * The signed-in person, with the role they have now.
   *
   * @throws SignInFirst on a route for {@link Access#ANYONE} when nobody is signed in
   */
  public static Person of(Context ctx) {
    return session(ctx).person();
  }

  /** The session of the request; as {@link #of}. */
  public static Session session(Context ctx) {
    return found(ctx).orElseThrow(SignInFirst::new);
  }

  /** The session of the request, if somebody is signed in. */
  public static Optional<Session> found(Context ctx) {
    @Nullable Session session = ctx.attribute(ATTRIBUTE);
    return Optional.ofNullable(session);
  }

  static void set(Context ctx, Session session) {
    ctx.attribute(ATTRIBUTE, session);
  }
}
