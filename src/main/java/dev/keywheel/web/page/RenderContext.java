package dev.keywheel.web.page;

import dev.keywheel.people.identity.Principal;
import dev.keywheel.web.security.RequiredRole;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

/**
 * Request data for templates, bound during rendering: the CSRF token, the time of the request and
 * the user. Page records then contain only the data of the page.
 */
public final class RenderContext {
  private static final ScopedValue<RenderContext> CURRENT = ScopedValue.newInstance();

  private final Instant now;
  private final String token;
  private final Optional<Principal> viewer;
  private final boolean vaultSealed;
  private final Function<String, Optional<String>> basis;
  private boolean focused;

  /**
   * @param vaultSealed whether the vault is sealed, so that no API key can be used
   * @param focused whether a message outside the content takes the focus
   * @param basis returns the version that a rejected form is based on, by the path of the form;
   *     empty for other forms
   */
  public RenderContext(
      Instant now,
      String token,
      Optional<Principal> viewer,
      boolean vaultSealed,
      boolean focused,
      Function<String, Optional<String>> basis) {
    this.now = now;
    this.token = token;
    this.viewer = viewer;
    this.vaultSealed = vaultSealed;
    this.focused = focused;
    this.basis = basis;
  }

  public String render(gg.jte.models.runtime.JteModel model) {
    return ScopedValue.where(CURRENT, this).call(model::render);
  }

  /** The CSRF token; {@code component/token} adds it to each form. */
  public static String token() {
    return CURRENT.get().token;
  }

  /** The id of the current workspace, which every form carries; empty without a user. */
  public static String workspace() {
    return CURRENT.get().viewer.map(person -> person.workspaceId().toString()).orElse("");
  }

  /** A new idempotency key for a form, which sends the same key each time it is submitted. */
  public static String requestId() {
    return UUID.randomUUID().toString();
  }

  /**
   * The version that a form is based on: that of the shown value, unless the form was rejected.
   *
   * @param path of the form
   * @param shown the value that the form shows if it was not rejected
   */
  public static String basis(String path, Object shown) {
    return CURRENT.get().basis.apply(path).orElseGet(() -> Htmx.version(shown));
  }

  /**
   * Takes the focus for the caller. True for the first caller on a page, unless a message has the
   * focus.
   */
  public static boolean takeFocus() {
    var context = CURRENT.get();
    boolean free = !context.focused;
    context.focused = true;
    return free;
  }

  /** The time of the request. */
  public static Instant now() {
    return CURRENT.get().now;
  }

  /** Whether the vault is sealed. Pages then show no key as usable. */
  public static boolean vaultSealed() {
    return CURRENT.get().vaultSealed;
  }

  /** Whether the current user has this role. Templates hide buttons that would be refused. */
  public static boolean may(RequiredRole requiredRole) {
    return CURRENT.get().viewer.map(requiredRole::admits).orElse(false);
  }
}
