package dev.keywheel.web.settings;

import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import dev.keywheel.people.InstanceAudit;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.problem.Rejected;
import dev.keywheel.secret.DataKeyRotation;
import dev.keywheel.secret.KekRotation.RewrapResult;
import dev.keywheel.secret.Vault;
import dev.keywheel.secret.VaultState;
import dev.keywheel.web.form.Fields;
import dev.keywheel.web.page.PageMeta;
import dev.keywheel.web.page.Section;
import dev.keywheel.web.security.CurrentUser;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.WebContext;
import io.javalin.http.Context;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

final class EncryptionRoutes implements Screen {
  private static final int REFRESH_SECONDS = 3;

  private static final String PATH = "/settings/encryption";

  private final WebContext web;
  private final Vault vault;
  private final DataKeyRotation dataKeys;
  private final Database db;
  private final Audit audit;

  EncryptionRoutes(
      WebContext web, Vault vault, DataKeyRotation dataKeys, Database db, Audit audit) {
    this.web = web;
    this.vault = vault;
    this.dataKeys = dataKeys;
    this.db = db;
    this.audit = audit;
  }

  @Override
  public void routes(Routes routes) {
    RequiredRole role = RequiredRole.INSTANCE_ADMIN;
    routes.get(PATH, role, ctx -> page(ctx, Fields.none()));
    routes.poll(PATH + "/data-key", role, this::dataKey);
    routes.postSteppedUp(PATH + "/rotation", role, ctx -> act(ctx, this::changeKek));
    routes.postSteppedUp(PATH + "/data-key/rotation", role, ctx -> act(ctx, this::rotateDataKey));
    routes.postSteppedUp(PATH + "/retired/{id}/deletion", role, ctx -> act(ctx, this::deleteKek));
    routes.postSteppedUpWhileSealed(PATH + "/unsealing", role, ctx -> act(ctx, this::unseal));
  }

  /**
   * @param action performs the action; returns a message for the user
   */
  private void act(Context ctx, BiFunction<Context, Principal, String> action) {
    try {
      web.done(ctx, PATH, action.apply(ctx, CurrentUser.of(ctx)));
    } catch (Rejected rejected) {
      ctx.status(422);
      page(ctx, Fields.none().refused(rejected));
    }
  }

  private String changeKek(Context ctx, Principal by) {
    var done = vault.kekRotation().change((tx, changed) -> record(tx, by, changed));
    return "The key-encryption key is now " + done.toKekId() + ".";
  }

  private void record(Tx tx, Principal by, RewrapResult done) {
    record(
        tx,
        by,
        AuditAction.CHANGED_KEY_ENCRYPTION_KEY,
        done.toKekId(),
        Map.of("from", done.fromKekId(), "data keys", done.dataKeys()));
  }

  private String rotateDataKey(Context ctx, Principal by) {
    var fresh =
        dataKeys.start(
            (tx, id) -> record(tx, by, AuditAction.ROTATED_DATA_KEY, id.toString(), Map.of()));
    return "New secrets use the data key " + fresh + ". Existing secrets are being moved to it.";
  }

  private String deleteKek(Context ctx, Principal by) {
    var id = ctx.pathParam("id");
    vault
        .kekRotation()
        .delete(
            id, tx -> record(tx, by, AuditAction.DELETED_RETIRED_KEY_ENCRYPTION_KEY, id, Map.of()));
    return "The key-encryption key " + id + " is deleted.";
  }

  private String unseal(Context ctx, Principal by) {
    boolean wasOpen = vault.state() instanceof VaultState.Open;
    if (!(vault.unseal() instanceof VaultState.Open)) {
      throw new Rejected("The vault is still sealed.");
    }
    if (!wasOpen) {
      db.runTx(tx -> record(tx, by, AuditAction.UNSEALED_VAULT, null, Map.of()));
    }
    return "The vault is unsealed.";
  }

  private void record(
      Tx tx, Principal by, AuditAction action, @Nullable String subject, Map<String, ?> details) {
    InstanceAudit.record(audit, tx, by, action, subject, details);
  }

  private void dataKey(Context ctx) {
    web.fragment(ctx, web.templates().settingsDataKey(dataKeys.status()));
  }

  private void page(Context ctx, Fields fields) {
    boolean open = vault.state() instanceof VaultState.Open;
    var page =
        new EncryptionPage(
            open ? new VaultState.Open(vault.kekRotation().inUse()) : vault.state(),
            vault.kekRotation().source(),
            vault.kekRotation().managed(),
            open ? vault.kekRotation().retired() : List.of(),
            open ? dataKeys.status() : null,
            fields);
    web.page(
        ctx,
        PageMeta.of("Encryption", Section.SETTINGS).refreshedWhile(page.moving(), REFRESH_SECONDS),
        web.templates().settingsEncryption(page));
  }
}
