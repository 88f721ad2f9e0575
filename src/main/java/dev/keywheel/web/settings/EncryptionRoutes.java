package dev.keywheel.web.settings;

import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import dev.keywheel.people.InstanceAudit;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.problem.Rejected;
import dev.keywheel.secret.Vault;
import dev.keywheel.secret.VaultState;
import dev.keywheel.web.form.Fields;
import dev.keywheel.web.page.Htmx;
import dev.keywheel.web.page.PageMeta;
import dev.keywheel.web.page.Section;
import dev.keywheel.web.page.Severity;
import dev.keywheel.web.security.CurrentUser;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.WebContext;
import io.javalin.http.Context;
import java.util.Map;

/** The key-encryption key: its id, its rotation, unsealing the vault. */
public final class EncryptionRoutes implements Screen {
  private static final String PATH = "/settings/encryption";

  private final WebContext web;
  private final Vault vault;
  private final Database db;
  private final Audit audit;

  public EncryptionRoutes(WebContext web, Vault vault, Database db, Audit audit) {
    this.web = web;
    this.vault = vault;
    this.db = db;
    this.audit = audit;
  }

  @Override
  public void routes(Routes routes) {
    routes.get(PATH, RequiredRole.INSTANCE_ADMIN, ctx -> page(ctx, Fields.none()));
    routes.postSteppedUp(PATH + "/rotation", RequiredRole.INSTANCE_ADMIN, this::rotate);
    routes.postSteppedUpWhileShut(PATH + "/unsealing", RequiredRole.INSTANCE_ADMIN, this::unseal);
  }

  private void rotate(Context ctx) {
    try {
      var done = vault.rotate((tx, changed) -> record(tx, CurrentUser.of(ctx), changed));
      web.view().flash(ctx, Severity.OK, "The key-encryption key is now " + done.toKekId() + ".");
      Htmx.seeOther(ctx, PATH);
    } catch (Rejected rejected) {
      ctx.status(422);
      page(ctx, Fields.none().refused(rejected));
    }
  }

  private void record(Tx tx, Principal who, Vault.Rewrapped done) {
    InstanceAudit.record(
        audit,
        tx,
        who,
        "changed the key-encryption key",
        done.toKekId(),
        Map.of("from", done.fromKekId(), "data keys", done.dataKeys()));
  }

  private void unseal(Context ctx) {
    var open = vault.unseal() instanceof VaultState.Open;
    if (open) {
      db.runTx(
          tx ->
              InstanceAudit.record(
                  audit, tx, CurrentUser.of(ctx), "unsealed the vault", null, Map.of()));
      web.view().flash(ctx, Severity.OK, "The vault is unsealed.");
    }
    Htmx.seeOther(ctx, PATH);
  }

  private void page(Context ctx, Fields fields) {
    var page = new EncryptionPage(vault.state(), vault.source(), vault.makesItsOwnKek(), fields);
    web.view()
        .page(
            ctx,
            PageMeta.of("Encryption", Section.SETTINGS),
            web.templates().settingsEncryption(page));
  }
}
