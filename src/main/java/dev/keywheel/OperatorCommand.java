package dev.keywheel;

import dev.keywheel.config.Config;
import dev.keywheel.db.Ids;
import dev.keywheel.db.Tx;
import dev.keywheel.people.AccountService;
import dev.keywheel.people.SessionStore;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.people.factor.Factors;
import dev.keywheel.people.factor.PasskeySite;
import dev.keywheel.people.identity.WorkspaceIds;
import dev.keywheel.people.secondfactor.SecondFactorReset;
import dev.keywheel.problem.Rejected;
import dev.keywheel.secret.KekRotation.RewrapResult;
import dev.keywheel.secret.Vault;
import dev.keywheel.secret.VaultState.Sealed;
import java.util.Map;

/**
 * Commands of the operator. Two are for a user whom no administrator can help, usually the only
 * administrator: one issues a password link, the other removes the second factor. The third rewraps
 * the data keys with a new key-encryption key while nodes keep running; only one process can open
 * the embedded database, so there the key is rotated in the settings. The commands are not
 * environment variables, because a variable would stay set and apply at every start.
 */
final class OperatorCommand {
  static final String RESET_SECOND_FACTOR = "reset-second-factor";
  static final String MAKE_PASSWORD_LINK = "make-password-link";
  static final String ROTATE_KEK = "rotate-kek";

  private OperatorCommand() {}

  /**
   * Runs a command and returns a summary for the operator.
   *
   * @param args the command, and the email address of the user if it is about one
   */
  static String run(Config config, SystemServices systemServices, String... args)
      throws StartProblem {
    boolean rotates = args[0].equals(ROTATE_KEK);
    if (!rotates && args.length != 2) {
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
      if (rotates) {
        return rotateKek(vault, audit);
      }
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

  private static String rotateKek(Vault vault, Audit audit) {
    var done = vault.kekRotation().change((tx, changed) -> record(audit, tx, changed));
    return ("The data keys are now wrapped with key-encryption key %s; %s is no longer"
            + " needed, except for older backups.")
        .formatted(done.toKekId(), done.fromKekId());
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
