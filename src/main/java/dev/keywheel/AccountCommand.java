package dev.keywheel;

import dev.keywheel.config.Config;
import dev.keywheel.db.Ids;
import dev.keywheel.people.AccountService;
import dev.keywheel.people.SessionStore;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.factor.Factors;
import dev.keywheel.people.factor.PasskeySite;
import dev.keywheel.people.secondfactor.SecondFactorReset;
import dev.keywheel.problem.Rejected;
import dev.keywheel.secret.Vault;
import dev.keywheel.secret.VaultState.Sealed;

/**
 * Commands of the operator for a user whom no administrator can help, usually the only
 * administrator: one issues a password link, the other removes the second factor. They are not
 * environment variables, because a variable would stay set and apply at every start.
 */
final class AccountCommand {
  static final String RESET_SECOND_FACTOR = "reset-second-factor";
  static final String MAKE_PASSWORD_LINK = "make-password-link";

  private AccountCommand() {}

  /**
   * Runs a command and returns a summary for the operator.
   *
   * @param args the command and the email address of the user
   */
  static String run(Config config, SystemServices systemServices, String[] args)
      throws StartProblem {
    if (args.length != 2) {
      throw new StartProblem("Usage: " + args[0] + " ada@example.org");
    }
    try (var databaseStartup = DatabaseStartup.open(config, systemServices)) {
      var database = databaseStartup.database();
      var clock = databaseStartup.clock();
      var random = systemServices.random();
      var vault = new Vault(database, App.kek(config), random, new Ids(clock, random), clock);
      if (vault.unseal() instanceof Sealed sealed) {
        throw new StartProblem(sealed.sentence()); // a sealed vault cannot sign the audit entry
      }
      var audit = new Audit(database, vault.auditKeys(), clock);
      var sessions = new SessionStore(database, random);
      if (args[0].equals(MAKE_PASSWORD_LINK)) {
        var accounts = new AccountService(database, sessions, audit, random, clock);
        return passwordLink(config, args[1], accounts.issuePasswordLinkByOperator(args[1]));
      }
      var factors =
          Factors.of(vault, random, systemServices.passwords(), PasskeySite.of(config.publicUrl()));
      new SecondFactorReset(database, sessions, audit, factors, clock).resetByOperator(args[1]);
      return args[1]
          + " no longer has a second factor, is signed out everywhere and signs in with the password"
          + " alone.";
    } catch (Rejected rejected) {
      throw new StartProblem(String.valueOf(rejected.getMessage()));
    }
  }

  private static String passwordLink(Config config, String email, String token) {
    return "%s sets a new password with this link (one use, valid for an hour):%n%s/password?token=%s"
        .formatted(
            email,
            config.publicUrl().orElseGet(() -> ListenAddress.url(config.host(), config.port())),
            token);
  }
}
