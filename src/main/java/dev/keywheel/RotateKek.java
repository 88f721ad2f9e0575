package dev.keywheel;

import dev.keywheel.config.Config;
import dev.keywheel.db.Ids;
import dev.keywheel.problem.Refused;
import dev.keywheel.secret.Vault;
import dev.keywheel.secret.VaultState.Shut;

/**
 * The command {@code rotate-kek}: wraps the data keys with another key-encryption key, while nodes
 * on the same database go on. With the embedded database, which one process has, the settings do
 * it.
 */
final class RotateKek {
  static final String COMMAND = "rotate-kek";

  private RotateKek() {}

  /** Returns the sentence that says what was done. */
  static String run(Config config, World world) throws StartProblem {
    try (var storage = Storage.open(config, world)) {
      var ids = new Ids(storage.clock(), world.random());
      var vault =
          new Vault(storage.database(), App.kek(config), world.random(), ids, storage.clock());
      if (vault.unseal() instanceof Shut shut) {
        throw new StartProblem(shut.sentence());
      }
      Vault.Rewrapped done = vault.rotate((tx, changed) -> {});
      return "The data keys are wrapped with key-encryption key "
          + done.toKekId()
          + " now; "
          + done.fromKekId()
          + " is not needed any more, except for older backups.";
    } catch (Refused refused) {
      throw new StartProblem(String.valueOf(refused.getMessage()));
    }
  }
}
