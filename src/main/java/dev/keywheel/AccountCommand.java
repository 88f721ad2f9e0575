package dev.keywheel;

import dev.keywheel.config.Config;
import dev.keywheel.db.Ids;
import dev.keywheel.people.SessionStore;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.factor.Factors;
import dev.keywheel.people.factor.PasskeySite;
import dev.keywheel.people.secondfactor.SecondFactorReset;
import dev.keywheel.problem.Rejected;
import dev.keywheel.secret.Vault;
import dev.keywheel.secret.VaultState.Sealed;

/**
 * The command {@code reset-second-factor}: for the only administrator, after the loss of the
 * authenticator app, passkeys and recovery codes. It is not an environment variable, because a
 * variable would stay set and reset the second factor at every start.
 */
final class AccountCommand {
  static final String COMMAND = "reset-second-factor";

  private AccountCommand() {}

  /** Returns a one-sentence summary. */
  static String run(Config config, SystemServices systemServices, String[] args)
      throws StartProblem {
    if (args.length != 2) {
      throw new StartProblem("Usage: " + COMMAND + " ada@example.org");
    }
    try (var databaseStartup = DatabaseStartup.open(config, systemServices)) {
      var database = databaseStartup.database();
      var clock = databaseStartup.clock();
      var random = systemServices.random();
      var vault = new Vault(database, App.kek(config), random, new Ids(clock, random), clock);
      if (vault.unseal() instanceof Sealed sealed) {
        throw new StartProblem(sealed.sentence()); // a sealed vault cannot sign the audit entry
      }
      var factors =
          Factors.of(vault, random, systemServices.passwords(), PasskeySite.of(config.publicUrl()));
      var audit = new Audit(database, vault.auditKeys(), clock);
      new SecondFactorReset(database, new SessionStore(database, random), audit, factors, clock)
          .resetByOperator(args[1]);
      return args[1]
          + " no longer has a second factor, is signed out everywhere and signs in with the password"
          + " alone.";
    } catch (Rejected rejected) {
      throw new StartProblem(String.valueOf(rejected.getMessage()));
    }
  }
}
