package dev.keywheel.web.workspaces;

import dev.keywheel.people.AccountService;
import dev.keywheel.people.WorkspaceService;
import dev.keywheel.people.identity.Account;
import dev.keywheel.problem.Rejected;
import dev.keywheel.web.form.EditConflict;
import dev.keywheel.web.form.Fields;
import dev.keywheel.web.form.Form;
import dev.keywheel.web.page.Page;
import dev.keywheel.web.page.PageMeta;
import dev.keywheel.web.page.Section;
import dev.keywheel.web.page.Url;
import dev.keywheel.web.security.CurrentUser;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.WebContext;
import io.javalin.http.Context;
import org.jspecify.annotations.Nullable;

public final class WorkspaceRoutes implements Screen {
  private static final String PATH = "/settings/workspaces";
  private static final String ACCOUNT = PATH + "/accounts/{id}";

  private final WebContext web;
  private final WorkspaceService workspaces;
  private final AccountService accounts;
  private final Runnable stopArchived;

  /**
   * @param stopArchived ends the work in archived workspaces
   */
  public WorkspaceRoutes(
      WebContext web, WorkspaceService workspaces, AccountService accounts, Runnable stopArchived) {
    this.web = web;
    this.workspaces = workspaces;
    this.accounts = accounts;
    this.stopArchived = stopArchived;
  }

  @Override
  public void routes(Routes routes) {
    var admin = RequiredRole.INSTANCE_ADMIN;
    routes.get(PATH, admin, ctx -> list(ctx, Fields.none(), null));
    routes.postSteppedUp(PATH, admin, this::create);
    routes.get(PATH + "/{id}", admin, ctx -> one(ctx, Fields.none()));
    routes.postSteppedUp(PATH + "/{id}/name", admin, this::rename);
    routes.postSteppedUp(PATH + "/{id}/archival", admin, this::archive);
    routes.postSteppedUp(PATH + "/{id}/restoration", admin, this::restore);
    routes.postSteppedUp(ACCOUNT + "/link", admin, this::issueLink);
    routes.postSteppedUp(ACCOUNT + "/disablement", admin, this::disable);
    routes.postSteppedUp(ACCOUNT + "/enablement", admin, this::enable);
    routes.postSteppedUp(ACCOUNT + "/appointment", admin, this::appoint);
    routes.postSteppedUp(ACCOUNT + "/dismissal", admin, this::dismiss);
  }

  private void create(Context ctx) {
    var name = Form.of(ctx).raw("name");
    try {
      workspaces.create(CurrentUser.of(ctx), name);
      web.done(
          ctx,
          PATH,
          name.strip()
              + " was created, with you as its administrator. Switch to it in the menu at the"
              + " top.");
    } catch (Rejected rejected) {
      ctx.status(422);
      list(ctx, Fields.sent(ctx).refused(rejected), null);
    }
  }

  private void rename(Context ctx) {
    try {
      workspaces.rename(
          CurrentUser.of(ctx),
          Form.pathId(ctx),
          Form.of(ctx).raw("name"),
          now -> requireSeen(Form.of(ctx), now));
      web.done(ctx, PATH, "Renamed.");
    } catch (Rejected rejected) {
      ctx.status(422);
      one(ctx, Fields.sent(ctx).refused(rejected));
    }
  }

  private static void requireSeen(Form form, String now) {
    if (!form.raw("name").strip().equals(now)) {
      EditConflict.check(
          form,
          now,
          new Rejected(
              "name",
              "The workspace was renamed after you opened this page, to “"
                  + now
                  + "”. Press the button again to replace this name."));
    }
  }

  private void archive(Context ctx) {
    try {
      workspaces.archive(CurrentUser.of(ctx), Form.pathId(ctx));
      stopArchived.run();
      var where =
          workspaces
              .current(CurrentUser.session(ctx))
              .filter(now -> !now.id().equals(CurrentUser.of(ctx).workspaceId()))
              .map(now -> " You are now in the workspace " + now.name() + ".")
              .orElse("");
      web.done(ctx, PATH, "Workspace archived. Its keys and articles are kept." + where);
    } catch (Rejected rejected) {
      ctx.status(422);
      one(ctx, Fields.none().refused(rejected));
    }
  }

  private void restore(Context ctx) {
    boolean appointed = workspaces.restore(CurrentUser.of(ctx), Form.pathId(ctx));
    var rights =
        appointed
            ? " You are its administrator now, because none of its administrators can sign in."
            : "";
    web.done(ctx, PATH, "Workspace restored. Its members can enter it again." + rights);
  }

  private void issueLink(Context ctx) {
    list(ctx, Fields.none(), accounts.issuePasswordLink(CurrentUser.of(ctx), Form.pathId(ctx)));
  }

  private void disable(Context ctx) {
    accounts.disable(CurrentUser.of(ctx), Form.pathId(ctx));
    done(ctx, "Account disabled and signed out everywhere.");
  }

  private void enable(Context ctx) {
    accounts.enable(CurrentUser.of(ctx), Form.pathId(ctx));
    done(ctx, "Account enabled.");
  }

  private void appoint(Context ctx) {
    accounts.setInstanceAdmin(CurrentUser.of(ctx), Form.pathId(ctx), true);
    done(ctx, "Administrator appointed. This applies immediately.");
  }

  private void dismiss(Context ctx) {
    accounts.setInstanceAdmin(CurrentUser.of(ctx), Form.pathId(ctx), false);
    var text = "Rights revoked. This applies immediately.";
    if (Form.pathId(ctx).equals(CurrentUser.of(ctx).userId())) {
      web.done(ctx, "/settings", text);
    } else {
      done(ctx, text);
    }
  }

  /** Redirects to the part of the list of accounts from which the change was made. */
  private void done(Context ctx, String text) {
    web.done(ctx, Page.url(PATH, Page.request(ctx, WorkspacesPage.SIZE)), text);
  }

  private void list(Context ctx, Fields fields, AccountService.@Nullable PasswordLink link) {
    var request = Page.request(ctx, WorkspacesPage.SIZE);
    var found = accounts.page(request);
    var page =
        new WorkspacesPage(
            workspaces.all(),
            Page.of(found, request, Url.of(PATH).with("q", request.text()), Account::userId),
            request,
            CurrentUser.of(ctx).userId(),
            fields,
            link == null
                ? null
                : web.address(ctx, Url.of("/password").with("token", link.token()).toString()),
            link == null ? null : link.email());
    web.page(
        ctx, PageMeta.of("Workspaces", Section.SETTINGS), web.templates().workspacesIndex(page));
  }

  private void one(Context ctx, Fields fields) {
    var workspace = workspaces.workspace(Form.pathId(ctx));
    var shown = Fields.none().with("name", workspace.name()).overlaidWith(fields);
    web.page(
        ctx,
        PageMeta.of(workspace.name(), Section.SETTINGS),
        web.templates().workspacesOne(workspace, shown));
  }
}
