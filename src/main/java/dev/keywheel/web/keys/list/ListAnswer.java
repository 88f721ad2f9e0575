package dev.keywheel.web.keys.list;

import dev.keywheel.problem.Rejected;
import dev.keywheel.secret.VaultSealedException;
import dev.keywheel.web.form.Form;
import dev.keywheel.web.page.Flash;
import dev.keywheel.web.page.Htmx;
import dev.keywheel.web.page.Severity;
import dev.keywheel.web.security.CurrentUser;
import dev.keywheel.web.security.LocalPath;
import dev.keywheel.web.server.WebContext;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Answers an action on the list of keys with a message. htmx gets the list as a fragment, so that
 * the scroll position and the selection are kept; any other request is redirected to the form's
 * {@code next} or {@code view}.
 */
public final class ListAnswer {
  private final WebContext web;
  private final KeyPages pages;

  public ListAnswer(WebContext web, KeyPages pages) {
    this.web = web;
    this.pages = pages;
  }

  /** Performs the action; shows a rejection on the list, where the selection can be corrected. */
  public void act(Context ctx, Consumer<Context> action) {
    try {
      action.accept(ctx);
    } catch (VaultSealedException sealed) {
      throw sealed;
    } catch (Rejected rejected) {
      show(ctx, new Flash(Severity.WARN, String.valueOf(rejected.getMessage()), null));
    }
  }

  public void show(Context ctx, Flash flash) {
    show(ctx, flash, "/keys");
  }

  /**
   * Shows the list with the progress of a batch of tests. The address then has the batch, so that a
   * reload shows it as well.
   *
   * @param flash null for no message
   */
  public void showBatch(Context ctx, UUID batch, @Nullable Flash flash) {
    String view = LocalPath.or(Form.of(ctx).raw("view"), "/keys");
    String path = KeysQuery.ofPath(view).withBatch(batch).toString();
    if (Htmx.isFragmentRequest(ctx)) {
      KeyTable table =
          pages.table(pages.snapshot(CurrentUser.of(ctx).workspaceId()), KeysQuery.ofPath(path));
      ctx.header("HX-Replace-Url", path);
      web.fragment(
          ctx,
          flash == null
              ? web.templates().keysUpdated(table)
              : web.templates().keysChanged(table, flash));
      return;
    }
    if (flash != null) {
      web.flash(ctx, flash);
    }
    ctx.redirect(path, HttpStatus.SEE_OTHER);
  }

  /** Shows the message; a form without a view returns to the path {@code otherwise}. */
  public void show(Context ctx, Flash flash, String otherwise) {
    String view = LocalPath.or(Form.of(ctx).raw("view"), otherwise);
    if (Htmx.isFragmentRequest(ctx)) {
      KeysQuery query = KeysQuery.ofPath(view);
      KeyTable table = pages.table(pages.snapshot(CurrentUser.of(ctx).workspaceId()), query);
      web.fragment(ctx, web.templates().keysChanged(table, flash));
    } else {
      web.flash(ctx, flash);
      String next = LocalPath.or(Form.of(ctx).raw("next"), view);
      boolean list = next.equals("/keys") || next.startsWith("/keys?");
      ctx.redirect(list ? KeysQuery.ofPath(next).here().toString() : next, HttpStatus.SEE_OTHER);
    }
  }
}
