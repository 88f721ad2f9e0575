package dev.keywheel.web.page;

import dev.keywheel.people.identity.Principal;
import dev.keywheel.web.security.RequiredRole;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * What templates need of the request that they are rendered for, bound while they are rendered: the
 * token of every form, the moment that relative times count from, who looks. So that page records
 * carry what the page is about and nothing else.
 */
public final class RenderContext {
  private static final ScopedValue<RenderContext> CURRENT = ScopedValue.newInstance();

  private final Instant now;
  private final String token;
  private final Optional<Principal> viewer;

  public RenderContext(Instant now, String token, Optional<Principal> viewer) {
    this.now = now;
    this.token = token;
    this.viewer = viewer;
  }

  public String of(gg.jte.models.runtime.JteModel model) {
    return ScopedValue.where(CURRENT, this).call(model::render);
  }

  /** The token of a form; {@code component/form} puts it in. */
  public static String token() {
    return CURRENT.get().token;
  }

  /** A name for one sending of a form: sent twice, it is the same. */
  public static String requestId() {
    return UUID.randomUUID().toString();
  }

  /** The moment of the request. */
  public static Instant now() {
    return CURRENT.get().now;
  }

  /** Whether the current user has this role. Templates hide buttons that would be refused. */
  public static boolean may(RequiredRole requiredRole) {
    return CURRENT.get().viewer.map(person -> requiredRole.admits(person.role())).orElse(false);
  }
}
