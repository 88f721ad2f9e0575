package dev.keywheel.web.page;

import dev.keywheel.people.identity.Principal;
import dev.keywheel.web.security.Csrf;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Data of the layout around a page.
 *
 * @param shut why the vault is sealed; null while it is open
 */
public record Layout(
    PageMeta head,
    Theme theme,
    Optional<Principal> viewer,
    @Nullable Flash flash,
    @Nullable String shut,
    @Nullable String warning,
    String path,
    String stylesheet,
    String script,
    String icon) {

  public String viewerEmail() {
    return viewer.map(Principal::email).orElse("");
  }

  /** The theme that the button in the bar selects. */
  public Theme nextTheme() {
    return switch (theme) {
      case AUTO -> Theme.LIGHT;
      case LIGHT -> Theme.DARK;
      case DARK -> Theme.AUTO;
    };
  }

  /** The CSRF header as the value of the {@code hx-headers} attribute. */
  public String tokenHeader() {
    return "{\"" + Csrf.HEADER + "\":\"" + RenderContext.token() + "\"}";
  }
}
