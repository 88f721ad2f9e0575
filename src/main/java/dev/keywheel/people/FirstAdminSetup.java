package dev.keywheel.people;

import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.db.Tx;
import dev.keywheel.people.OneTimeLinkRepository.Purpose;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.people.identity.EmailAddress;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.people.identity.Role;
import dev.keywheel.problem.Forbidden;
import dev.keywheel.problem.Rejections;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Creates the first administrator of a new installation, through the one-time link printed at
 * startup or from the configuration. There is no default account.
 */
public final class FirstAdminSetup {
  private static final String FIRST_WORKSPACE = "Main";

  private final Database db;
  private final MemberRepository rows = new MemberRepository();
  private final OneTimeLinkRepository links;
  private final Passwords passwords;
  private final PasswordPolicy policy = new PasswordPolicy();
  private final Audit audit;
  private final Ids ids;
  private final InstantSource clock;

  public FirstAdminSetup(
      Database db,
      Audit audit,
      Ids ids,
      SecureRandom random,
      Passwords passwords,
      InstantSource clock) {
    this.db = db;
    this.links = new OneTimeLinkRepository(random);
    this.passwords = passwords;
    this.audit = audit;
    this.ids = ids;
    this.clock = clock;
  }

  /** Whether the installation has no user yet. */
  public boolean needed() {
    return db.read(rows::hasNoUser);
  }

  /**
   * Issues a token for the set-up link: single use, valid for one hour. Empty if a user exists.
   * Each call invalidates earlier tokens.
   */
  public Optional<String> issueToken() {
    return db.inTx(
        tx ->
            rows.hasNoUser(tx.dsl())
                ? Optional.of(links.issue(tx, Purpose.SETUP, null, clock.instant()))
                : Optional.empty());
  }

  /** Whether the token is valid for the set-up page. */
  public boolean isValidToken(String token) {
    return db.read(
        dsl -> rows.hasNoUser(dsl) && links.isValid(dsl, Purpose.SETUP, token, clock.instant()));
  }

  /**
   * Creates the first administrator and the first workspace.
   *
   * @throws Forbidden if the token is used, expired or unknown, or a user already exists
   * @throws dev.keywheel.problem.Rejected for the field {@code email} or {@code password}
   */
  public Principal create(String token, String email, String password) {
    if (!isValidToken(token)) { // checked before hashing, which is expensive
      throw spent();
    }
    return add(
            email,
            password,
            "set-up link",
            tx -> links.take(tx, Purpose.SETUP, token, clock.instant()))
        .orElseThrow(FirstAdminSetup::spent);
  }

  private static Forbidden spent() {
    return new Forbidden(
        "This set-up link has been used or is more than an hour old. Start Keywheel again for a new"
            + " one.");
  }

  /**
   * Creates the first administrator from the configuration, unless a user exists.
   *
   * @return whether an administrator was created
   * @throws dev.keywheel.problem.Rejected for the field {@code email} or {@code password}
   */
  public boolean createConfigured(String email, String password) {
    return needed() && add(email, password, "configuration", _ -> true).isPresent();
  }

  /** Creates the administrator; empty if a user exists or {@code admitted} returns false. */
  private Optional<Principal> add(
      String email, String password, String how, Predicate<Tx> admitted) {
    var address =
        Rejections.collect(
            fields -> {
              var checked = fields.read("", () -> EmailAddress.checked(email));
              fields.check(() -> policy.check(password, checked));
              return checked;
            });
    var hash = passwords.hash(password);
    return db.inTx(
        tx -> {
          rows.lockUsers(tx);
          return rows.hasNoUser(tx.dsl()) && admitted.test(tx)
              ? Optional.of(add(tx, address, hash, how))
              : Optional.empty();
        });
  }

  private Principal add(Tx tx, String email, String hash, String how) {
    var now = clock.instant();
    var person = new Principal(ids.next(), email, ids.next(), Role.ADMIN, true);
    new WorkspaceRepository().add(tx, person.workspaceId(), FIRST_WORKSPACE, now);
    rows.addUser(tx, person.userId(), email, hash, now);
    rows.addMember(tx, person.workspaceId(), person.userId(), Role.ADMIN, now);
    rows.setInstanceAdmin(tx, person.userId(), true);
    audit.record(
        tx,
        person.workspaceId(),
        email,
        person.userId(),
        AuditAction.CREATED_FIRST_ADMINISTRATOR,
        email,
        Map.of("by", how));
    return person;
  }
}
