package dev.keywheel.web.settings;

import dev.keywheel.people.Audit;
import dev.keywheel.web.Access;
import dev.keywheel.web.Head;
import dev.keywheel.web.Routes;
import dev.keywheel.web.Screen;
import dev.keywheel.web.Section;
import dev.keywheel.web.Url;
import dev.keywheel.web.Viewer;
import dev.keywheel.web.Web;
import io.javalin.http.Context;
import org.jspecify.annotations.Nullable;

/** The record of who did what in the workspace, and whether somebody touched it. */
public final class RecordRoutes implements Screen {
  private static final String PATH = "/settings/record";
  private static final int LINES = 50;

  private final Web web;
  private final Audit audit;

  public RecordRoutes(Web web, Audit audit) {
    this.web = web;
    this.audit = audit;
  }

  @Override
  public void routes(Routes routes) {
    routes.get(PATH, Access.ADMIN, this::show);
  }

  private void show(Context ctx) {
    var workspace = Viewer.of(ctx).workspaceId();
    var before = before(ctx.queryParam("before"));
    var lines = audit.newest(workspace, before, LINES + 1);
    var more = lines.size() > LINES;
    var shown = more ? lines.subList(0, LINES) : lines;
    var older = more ? Url.of(PATH).with("before", shown.getLast().id()).toString() : null;
    var page = new RecordPage(shown, older, before == null, audit.firstBroken(workspace));
    web.view().page(ctx, Head.of("Record", Section.SETTINGS), web.templates().settingsRecord(page));
  }

  /** The id that the lines are older than; null for the newest ones, and for anything odd. */
  private static @Nullable Long before(@Nullable String text) {
    try {
      return text == null ? null : Long.valueOf(text);
    } catch (NumberFormatException e) {
      return null;
    }
  }
}
