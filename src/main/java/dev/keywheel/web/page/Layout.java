package dev.keywheel.web.page;

import dev.keywheel.db.Json;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.people.identity.Workspace;
import dev.keywheel.web.security.Csrf;
import dev.keywheel.web.security.PageWorkspace;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Data of the layout around a page.
 *
 * @param workspaces the workspaces that the viewer may enter, sorted by name
 * @param sealedReason why the vault is sealed; null while it is open
 * @param warning a warning about this server, shown to instance administrators; null for none
 */
public record Layout(
    PageMeta head,
    Theme theme,
    Optional<Principal> viewer,
    List<Workspace> workspaces,
    @Nullable Flash flash,
    @Nullable String sealedReason,
    @Nullable String warning,
    String path,
    String stylesheet,
    String script,
    String icon) {

  public static String version() {
    @Nullable String version = Layout.class.getPackage().getImplementationVersion();
    return version == null ? "(development build)" : version;
  }

  /** The description of the page for search results and link previews. */
  public String description() {
    return head.title()
        + ". Keywheel rotates a pool of API keys for language models and writes articles with them.";
  }

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

  /** The name of the current workspace; empty for a viewer with only one workspace. */
  public Optional<String> workspace() {
    return workspaces.size() < 2
        ? Optional.empty()
        : workspaces.stream().filter(this::current).map(Workspace::name).findFirst();
  }

  /** Whether this is the workspace of the page. */
  public boolean current(Workspace one) {
    return viewer.map(Principal::workspaceId).filter(one.id()::equals).isPresent();
  }

  /** The headers of every htmx request, as the value of the {@code hx-headers} attribute. */
  public String requestHeaders() {
    return Json.text(
        Map.of(
            Csrf.HEADER, RenderContext.token(), PageWorkspace.HEADER, RenderContext.workspace()));
  }
}
