package dev.keywheel.people;

import static dev.keywheel.db.schema.Tables.AUDIT_HEADS;
import static dev.keywheel.db.schema.Tables.MEMBERS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.db.Tx;
import dev.keywheel.people.OneTimeLinkRepository.Purpose;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.people.factor.ChallengeRepository;
import dev.keywheel.people.factor.Factors;
import dev.keywheel.people.factor.TestFactors;
import dev.keywheel.people.identity.Browser;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.people.identity.Role;
import dev.keywheel.people.identity.Session;
import dev.keywheel.people.identity.WorkspaceIds;
import dev.keywheel.people.secondfactor.SecondFactorReset;
import dev.keywheel.people.secondfactor.SecondFactorService;
import dev.keywheel.people.secondfactor.StepUp;
import dev.keywheel.problem.Conflict;
import dev.keywheel.problem.Forbidden;
import dev.keywheel.problem.NotFound;
import dev.keywheel.problem.Rejected;
import dev.keywheel.settings.SettingsStore;
import dev.keywheel.support.Await;
import dev.keywheel.support.TestAudit;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/**
 * A user's action that waits for an administrator's action must not hold a lock that the latter
 * needs.
 */
class AccountLocksTest {
  private static final String ADA = "ada@example.org";
  private static final String PASSWORD = "eight ducks on a pond";

  @AutoClose private final TestDatabase test = TestDatabase.create();
  @AutoClose private final ExecutorService other = Executors.newVirtualThreadPerTaskExecutor();
  private final Database db = test.database();
  private final TestClock clock = new TestClock();
  private final SecureRandom random = new SecureRandom();
  private final Ids ids = new Ids(clock, random);
  private final Audit audit = TestAudit.unsigned(db, clock);
  private final SessionStore sessions = new SessionStore(db, random);
  private final Passwords passwords = CheapPasswords.get();
  private final MemberRepository rows = new MemberRepository();
  private final InvitationRepository invitationRows = new InvitationRepository();
  private final WorkspaceRepository workspaceRows = new WorkspaceRepository();
  private final MemberService people =
      new MemberService(db, sessions, audit, random, passwords, clock);
  private final WorkspaceService workspaces = new WorkspaceService(db, sessions, audit, ids, clock);
  private final FirstAdminSetup setup =
      new FirstAdminSetup(db, audit, ids, random, passwords, clock);
  private final Principal admin = setup.create(setup.issueToken().orElseThrow(), ADA, PASSWORD);

  @Test
  void a_password_change_during_a_change_of_the_account_does_not_deadlock() {
    var session = signedIn();
    during(
            tx -> rows.lockUsers(tx),
            () -> people.changePassword(session, PASSWORD + " at dawn"),
            tx -> rows.lockUser(tx, admin.userId()))
        .join();
  }

  @Test
  void a_password_link_is_refused_if_another_one_is_issued_during_its_use() {
    var links = new OneTimeLinkRepository(random);
    var token = db.inTx(tx -> links.issue(tx, Purpose.RESET, admin.userId(), clock.instant()));
    var chosen =
        during(
            tx -> rows.lockUsers(tx),
            () -> people.choosePassword(token, PASSWORD + " at dawn"),
            tx -> links.issue(tx, Purpose.RESET, admin.userId(), clock.instant()));
    assertThatThrownBy(chosen::join).hasCauseInstanceOf(Forbidden.class);
  }

  @Test
  void a_switch_of_the_workspace_is_refused_if_the_session_is_ended_during_it() {
    var second = second();
    var session = signedIn();
    var entered =
        during(
            tx -> rows.lockUsers(tx),
            () -> workspaces.enter(session, second),
            tx -> sessions.endAll(tx, admin.userId(), null, clock.instant()));
    assertThatThrownBy(entered::join).hasCauseInstanceOf(Conflict.class);
  }

  @Test
  void no_session_enters_a_workspace_that_is_being_archived() {
    var second = second();
    var session = signedIn();
    var entered =
        during(
            tx -> rows.lockUsers(tx),
            () -> workspaces.enter(session, second),
            tx -> {
              workspaceRows.setArchived(tx, second, clock.instant());
              sessions.moveFrom(tx, second, clock.instant());
            });
    assertThatThrownBy(entered::join).hasCauseInstanceOf(NotFound.class);
    assertThat(sessions.of(admin.userId(), clock.instant())).hasSize(1);
  }

  @Test
  void a_session_that_is_ended_concurrently_accepts_no_invitation() {
    var invitations = new InvitationService(db, sessions, audit, ids, random, passwords, clock);
    var second = second();
    var inviting = new Principal(admin.userId(), ADA, second, Role.ADMIN, true);
    db.runTx(tx -> tx.dsl().deleteFrom(MEMBERS).where(MEMBERS.WORKSPACE_ID.eq(second)).execute());
    var token = invitations.invite(inviting, ADA, Role.VIEWER);
    var session = signedIn();
    var accepted =
        during(
            tx -> rows.lockUsers(tx),
            () -> invitations.accept(session, token),
            tx -> sessions.endAll(tx, admin.userId(), null, clock.instant()));
    assertThatThrownBy(accepted::join).hasCauseInstanceOf(Conflict.class);
    assertThat(invitations.requireOpen(token).email()).isEqualTo(ADA);
  }

  @Test
  void an_invitation_that_is_withdrawn_during_its_use_is_refused() {
    var invitations = new InvitationService(db, sessions, audit, ids, random, passwords, clock);
    var token = invitations.invite(admin, "bob@example.org", Role.ADMIN);
    var accepted =
        during(
            tx -> invitationRows.remove(tx, admin.workspaceId(), "bob@example.org"),
            () -> invitations.accept(token, PASSWORD),
            tx -> {});
    assertThatThrownBy(accepted::join).hasCauseInstanceOf(Forbidden.class);
    var members = db.read(dsl -> MemberList.all(dsl, admin.workspaceId()));
    assertThat(members).hasSize(1);
  }

  @Test
  void an_invitation_that_is_replaced_during_a_sign_in_is_not_accepted() {
    var invitations = new InvitationService(db, sessions, audit, ids, random, passwords, clock);
    var second = second();
    var inviting = new Principal(admin.userId(), ADA, second, Role.ADMIN, true);
    db.runTx(tx -> tx.dsl().deleteFrom(MEMBERS).execute());
    var token = invitations.invite(inviting, ADA, Role.ADMIN);
    var now = clock.instant();
    var until = now.plusSeconds(60);
    var signedIn =
        during(
            tx -> invitationRows.put(tx, second, ADA, Role.VIEWER, "a new token", now, until),
            () -> signedIn(Optional.of(token)),
            tx -> {});
    assertThatThrownBy(signedIn::join)
        .hasCauseInstanceOf(Rejected.class)
        .hasMessageContaining("no workspace");
    assertThat(invitations.requireOpen("a new token").role()).isEqualTo(Role.VIEWER);
  }

  @Test
  void a_concurrent_passkey_request_of_another_tab_is_added_to_an_open_challenge() {
    Factors factors = TestFactors.of(db, clock);
    var stepUp = new StepUp(db, sessions, audit, factors, clock);
    var session = signedIn();
    var holder = session.id().hash();
    var user = admin.userId();
    during(
            tx ->
                factors
                    .challenges()
                    .open(
                        tx,
                        holder,
                        ChallengeRepository.Purpose.CONFIRMATION,
                        user,
                        null,
                        "",
                        clock.instant()),
            () -> stepUp.passkeyRequest(session),
            tx -> {})
        .join();
    var open =
        db.read(
            dsl ->
                factors
                    .challenges()
                    .find(dsl, holder, ChallengeRepository.Purpose.CONFIRMATION, clock.instant()));
    assertThat(open.orElseThrow().request()).as("that of the second tab").isNotNull();
  }

  @Test
  void removing_the_app_during_a_sign_out_of_another_session_does_not_deadlock() {
    var vault = TestFactors.vault(db, clock);
    vault.unseal();
    Factors factors = TestFactors.of(vault, Optional.empty());
    app(factors);
    var service =
        new SecondFactorService(db, sessions, factors, new SettingsStore(db), audit, ids, clock);
    var session = open();
    var other = open();
    during(
            tx -> sessions.end(tx, other.id(), clock.instant()),
            () -> service.removeApp(session),
            tx -> audit.record(tx, admin, AuditAction.SIGNED_OUT, null, Map.of()))
        .join();
  }

  @Test
  void a_reset_is_refused_if_the_user_removes_the_last_factor_during_it() {
    var vault = TestFactors.vault(db, clock);
    vault.unseal();
    Factors factors = TestFactors.of(vault, Optional.empty());
    var session = signedIn();
    app(factors);
    var reset = new SecondFactorReset(db, sessions, audit, factors, clock);
    var done =
        during(
            tx -> {
              rows.lockUser(tx, admin.userId());
              sessions.requireOpen(tx, session, clock.instant());
            },
            () -> reset.resetByOperator(ADA),
            tx -> factors.apps().remove(tx, admin.userId()));
    assertThatThrownBy(done::join)
        .hasCauseInstanceOf(Rejected.class)
        .hasMessageContaining("has no second factor");
  }

  /** Sets up an authenticator app, and returns its secret. */
  private String app(Factors factors) {
    db.runTx(tx -> factors.apps().begin(tx, admin.userId(), clock.instant()));
    var secret = db.read(dsl -> factors.apps().pendingSecret(dsl, admin.userId())).orElseThrow();
    var code = TestFactors.code(secret, clock.instant());
    db.runTx(
        tx -> {
          assertThat(factors.apps().confirm(tx, admin.userId(), code, clock.instant())).isTrue();
        });
    return secret;
  }

  @Test
  void a_code_is_refused_if_its_authenticator_app_is_removed_during_the_confirmation() {
    var vault = TestFactors.vault(db, clock);
    vault.unseal();
    Factors factors = TestFactors.of(vault, Optional.empty());
    var session = signedIn();
    var secret = app(factors);
    clock.tick(Duration.ofMinutes(1));
    var stepUp = new StepUp(db, sessions, audit, factors, clock);
    var confirmed =
        during(
            tx -> {
              rows.lockUser(tx, admin.userId());
              sessions.requireOpen(tx, session, clock.instant());
            },
            () ->
                stepUp.confirmWithCode(
                    session, TestFactors.code(secret, clock.instant()), "192.0.2.1"),
            tx -> factors.apps().remove(tx, admin.userId()));
    assertThatThrownBy(confirmed::join).hasCauseInstanceOf(Rejected.class);
  }

  @Test
  void the_logs_of_a_restored_workspace_and_of_the_instance_are_locked_in_order() {
    var second = workspaces.create(admin, "Second");
    db.runTx(tx -> tx.dsl().deleteFrom(MEMBERS).where(MEMBERS.WORKSPACE_ID.eq(second)).execute());
    workspaces.archive(admin, second);
    audit.recordRefusal(
        Optional.of(new Principal(admin.userId(), ADA, second, admin.role(), true)),
        ADA,
        AuditAction.DENIED_ACCESS,
        null,
        Map.of());
    during(
            tx -> lockLog(tx, WorkspaceIds.INSTANCE),
            () -> workspaces.restore(admin, second),
            tx -> lockLog(tx, second))
        .join();
  }

  @Test
  void workspace_names_that_the_database_considers_equal_are_refused() {
    workspaces.create(admin, "İzmir");
    assertThatThrownBy(() -> workspaces.create(admin, "İZMİR"))
        .isInstanceOf(Rejected.class)
        .hasMessage("There is already a workspace with this name.");
  }

  /** Another workspace of the administrator, in which a new session does not start. */
  private UUID second() {
    clock.tick(Duration.ofSeconds(1));
    return workspaces.create(admin, "Second");
  }

  private static void lockLog(Tx tx, UUID workspace) {
    var head = tx.dsl().selectFrom(AUDIT_HEADS).where(AUDIT_HEADS.WORKSPACE_ID.eq(workspace));
    assertThat(head.forUpdate().fetch()).hasSize(1);
  }

  /**
   * Runs the action on another connection after {@code first}, and {@code then} while the action
   * waits for this transaction.
   */
  private CompletableFuture<Void> during(Consumer<Tx> first, Runnable action, Consumer<Tx> then) {
    return db.inTx(
        tx -> {
          first.accept(tx);
          var running = CompletableFuture.runAsync(action, other);
          Await.until("the action waits for the lock", () -> TestDatabase.anotherWaitsForLock(tx));
          then.accept(tx);
          return running;
        });
  }

  /** A session that was opened without asking for a second factor. */
  private Session open() {
    var secret =
        db.inTx(
            tx ->
                sessions.open(
                    tx, admin.userId(), admin.workspaceId(), "192.0.2.1", "", clock.instant()));
    return sessions.find(secret, clock.instant()).orElseThrow();
  }

  private Session signedIn() {
    return signedIn(Optional.empty());
  }

  private Session signedIn(Optional<String> invitation) {
    var browser = new Browser("192.0.2.1", "", Optional.empty(), invitation);
    var signIn =
        new SignIn(
            db,
            sessions,
            audit,
            TestFactors.of(db, clock),
            random,
            passwords,
            clock,
            Runnable::run);
    var signedIn = (SignedIn) signIn.signIn(ADA, PASSWORD, browser);
    return sessions.find(signedIn.session(), clock.instant()).orElseThrow();
  }
}
