package dev.keywheel.web.page;

import dev.keywheel.people.identity.Principal;
import dev.keywheel.web.security.Csrf;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * All that the layout shows around a page.
 *
 * @param shut why nothing is written at the moment; null while the vault is open
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

  /** The theme that the button in the bar leads to. */
  public Theme nextTheme() {
    return switch (theme) {
      case AUTO -> Theme.LIGHT;
      case LIGHT -> Theme.DARK;
      case DARK -> Theme.AUTO;
    };
  }

  /** The header that htmx sends the token in, as its attribute wants it. */
  public String tokenHeader() {
    return "{\"" + Csrf.HEADER + "\":\"" + RenderContext.token() + "\"}";
  }
}
