package dev.keywheel;

import dev.keywheel.config.Config;
import dev.keywheel.db.Ids;
import dev.keywheel.problem.Rejected;
import dev.keywheel.secret.Vault;
import dev.keywheel.secret.VaultState.Sealed;

/**
 * The command {@code rotate-kek}: rewraps the data keys with a new key-encryption key while nodes
 * keep running. The embedded database allows one process only, so there it is done in the settings.
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
      var done = vault.keks().change((tx, changed) -> {});
      return "The data keys are wrapped with key-encryption key "
          + done.toKekId()
          + " now; "
          + done.fromKekId()
          + " is not needed any more, except for older backups.";
    } catch (Rejected rejected) {
      throw new StartProblem(String.valueOf(rejected.getMessage()));
    }
  }
}
