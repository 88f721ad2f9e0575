package dev.keywheel;

import dev.keywheel.config.Config;
import dev.keywheel.db.Ids;
import dev.keywheel.db.Tx;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.people.identity.WorkspaceIds;
import dev.keywheel.problem.Rejected;
import dev.keywheel.secret.KekRotation.RewrapResult;
import dev.keywheel.secret.Vault;
import dev.keywheel.secret.VaultState.Sealed;
import java.util.Map;

/**
 * The command {@code rotate-kek}: rewraps the data keys with a new key-encryption key while nodes
 * keep running. Only one process can open the embedded database, so there the key is rotated in the
 * settings.
 */
final class RotateKek {
  static final String COMMAND = "rotate-kek";

  private RotateKek() {}

  /** Returns a one-sentence summary. */
  static String run(Config config, SystemServices systemServices) throws StartProblem {
    try (var databaseStartup = DatabaseStartup.open(config, systemServices)) {
      var ids = new Ids(databaseStartup.clock(), systemServices.random());
      var vault =
          new Vault(
              databaseStartup.database(),
              App.kek(config),
              systemServices.random(),
              ids,
              databaseStartup.clock());
      if (vault.unseal() instanceof Sealed sealed) {
        throw new StartProblem(sealed.sentence());
      }
      var audit = new Audit(databaseStartup.database(), vault.auditKeys(), databaseStartup.clock());
      var done = vault.kekRotation().change((tx, changed) -> record(audit, tx, changed));
      return ("The data keys are now wrapped with key-encryption key %s; %s is no longer"
              + " needed, except for older backups.")
          .formatted(done.toKekId(), done.fromKekId());
    } catch (Rejected rejected) {
      throw new StartProblem(String.valueOf(rejected.getMessage()));
    }
  }

  private static void record(Audit audit, Tx tx, RewrapResult done) {
    var details = Map.of("from", done.fromKekId(), "data keys", done.dataKeys());
    audit.record(
        tx,
        WorkspaceIds.ensureInstance(tx),
        "the operator of the server",
        null,
        AuditAction.CHANGED_KEY_ENCRYPTION_KEY,
        done.toKekId(),
        details);
  }
}
