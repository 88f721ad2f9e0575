package dev.keywheel;

import dev.keywheel.article.ArticleModule;
import dev.keywheel.article.tool.ToolCheck;
import dev.keywheel.assignment.Assignments;
import dev.keywheel.config.Config;
import dev.keywheel.db.Database;
import dev.keywheel.db.DatabaseRetry;
import dev.keywheel.db.Ids;
import dev.keywheel.db.RetryingDatabase;
import dev.keywheel.gateway.GatewayModule;
import dev.keywheel.job.JobDefinition;
import dev.keywheel.job.JobDefinition.OneTime;
import dev.keywheel.job.JobDefinition.Recurring;
import dev.keywheel.job.Jobs;
import dev.keywheel.key.edit.KeyCommands;
import dev.keywheel.key.imports.KeyImport;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.pool.KeySecrets;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.net.AnonymousSlots;
import dev.keywheel.people.AccountService;
import dev.keywheel.people.FirstAdminSetup;
import dev.keywheel.people.InvitationService;
import dev.keywheel.people.MemberService;
import dev.keywheel.people.Passwords;
import dev.keywheel.people.SessionStore;
import dev.keywheel.people.SignIn;
import dev.keywheel.people.WorkspaceService;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.audit.AuditAnchor;
import dev.keywheel.people.audit.AuditExport;
import dev.keywheel.people.audit.AuditVerification;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.people.factor.AuthenticatorAppRepository;
import dev.keywheel.people.factor.Factors;
import dev.keywheel.people.factor.PasskeySite;
import dev.keywheel.people.identity.WorkspaceIds;
import dev.keywheel.people.secondfactor.PasskeySignIn;
import dev.keywheel.people.secondfactor.SecondFactorReset;
import dev.keywheel.people.secondfactor.SecondFactorService;
import dev.keywheel.people.secondfactor.SecondStep;
import dev.keywheel.people.secondfactor.StepUp;
import dev.keywheel.provider.FailureKind.UnreachableKind;
import dev.keywheel.provider.Providers;
import dev.keywheel.provider.openrouter.OpenRouter;
import dev.keywheel.recovery.Recovery;
import dev.keywheel.recovery.store.Trigger;
import dev.keywheel.retention.Retention;
import dev.keywheel.rotation.CallExecutor;
import dev.keywheel.secret.DataKeyRotation;
import dev.keywheel.secret.EncryptedColumn;
import dev.keywheel.secret.KekSource;
import dev.keywheel.secret.Vault;
import dev.keywheel.settings.SettingsStore;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Wires everything below the web layer by constructor. */
final class CoreModule {
  /** Poll interval for due work that the node was not notified of. */
  private static final Duration JOB_POLL_INTERVAL = Duration.ofSeconds(1);

  /** Every column that the data key encrypts. */
  static final List<EncryptedColumn> ENCRYPTED =
      List.of(KeySecrets.COLUMN, KeyImport.COLUMN, AuthenticatorAppRepository.COLUMN);

  /** Poll interval for a rotation of the data key. */
  private static final Duration DATA_KEY_POLL_INTERVAL = Duration.ofSeconds(5);

  /** Poll interval for changes to the model class of the text operations. */
  private static final Duration MODEL_CLASS_POLL_INTERVAL = Duration.ofSeconds(2);

  /**
   * Maximum time that work in progress waits for an unavailable database; longer than a restart or
   * failover of PostgreSQL.
   */
  private static final Duration MAX_OUTAGE = Duration.ofMinutes(1);

  final Database database;
  final InstantSource clock;
  final Vault vault;
  final DataKeyRotation dataKeys;
  final SettingsStore settings;
  final SessionStore sessions;
  final FirstAdminSetup setup;
  final Audit audit;
  final Jobs jobs;
  final ExecutionLog log;
  final Providers providers;
  final KeyPool keys;
  final KeyCommands keyCommands;
  final KeyImport keyImport;
  final Recovery recovery;
  final CallExecutor calls;
  final ArticleModule articles;
  final AnonymousSlots anonymousSlots = new AnonymousSlots();
  final GatewayModule gateway;
  final Factors factors;
  final DeferredWrites deferredWrites = new DeferredWrites();
  final SignIn signIn;
  final SecondStep secondStep;
  final PasskeySignIn passkeySignIn;
  final StepUp stepUp;
  final SecondFactorService secondFactors;
  final SecondFactorReset secondFactorReset;
  final MemberService members;
  final AccountService accounts;
  final InvitationService invitations;
  final WorkspaceService workspaces;
  final ArchivedWorkspaces archivedWorkspaces;
  final Retention retention;
  final AuditVerification auditVerification;
  final AuditExport auditExport;
  private final Runnable removeOldMarkers;

  /**
   * @param clock the clock shared by all nodes
   * @param auditAnchor the file that holds the end of each audit log
   */
  CoreModule(
      Database database,
      InstantSource clock,
      KekSource kek,
      Providers providers,
      ToolCheck toolCheck,
      Path auditAnchor,
      Config.Gateway gatewayConfig,
      PasskeySite passkeySite,
      SystemServices systemServices) {
    this.database = database;
    this.providers = providers;
    this.clock = clock;
    var random = systemServices.random();
    var ids = new Ids(clock, random);
    this.vault = new Vault(database, kek, random, ids, clock);
    this.dataKeys = new DataKeyRotation(database, vault, ENCRYPTED, clock);
    this.audit = new Audit(database, vault.auditKeys(), clock);
    this.settings = new SettingsStore(database);
    this.sessions = new SessionStore(database, random);
    Passwords passwords = systemServices.passwords();
    this.setup = new FirstAdminSetup(database, audit, ids, random, passwords, clock);
    this.factors = Factors.of(vault, random, passwords, passkeySite);
    this.signIn =
        new SignIn(database, sessions, audit, factors, random, passwords, clock, deferredWrites);
    this.secondStep = new SecondStep(database, sessions, audit, factors, random, clock);
    this.passkeySignIn = new PasskeySignIn(database, sessions, audit, factors, random, clock);
    this.stepUp = new StepUp(database, sessions, audit, factors, clock);
    this.secondFactorReset = new SecondFactorReset(database, sessions, audit, factors, clock);
    this.secondFactors =
        new SecondFactorService(database, sessions, factors, settings, audit, ids, clock);
    this.members = new MemberService(database, sessions, audit, random, passwords, clock);
    this.accounts = new AccountService(database, sessions, audit, random, clock);
    this.invitations =
        new InvitationService(database, sessions, audit, ids, random, passwords, clock);
    this.workspaces = new WorkspaceService(database, sessions, audit, ids, clock);
    this.jobs = new Jobs(database, "node-" + ids.next(), clock, JOB_POLL_INTERVAL);
    this.log = new ExecutionLog(database);
    this.keys = new KeyPool(database, vault, clock);
    this.keyCommands = new KeyCommands(database, audit, jobs, ids, clock);
    this.keyImport = new KeyImport(database, vault, audit, jobs, ids, clock);
    this.recovery =
        new Recovery(
            database, keys, providers, settings, log, jobs, ids, clock, systemServices.delayer());
    var durable =
        new RetryingDatabase(
            database, new DatabaseRetry(systemServices.delayer(), random, MAX_OUTAGE), ids, clock);
    var assignments = new Assignments(durable, keys, recovery, providers, settings, log, clock);
    this.calls =
        new CallExecutor(
            durable,
            keys,
            assignments,
            recovery,
            providers,
            log,
            clock,
            jobs.stopping(),
            systemServices.delayer(),
            CallExecutor.KEY_WAIT);
    this.gateway =
        new GatewayModule(
            database,
            vault,
            audit,
            keys,
            providers,
            settings,
            log,
            ids,
            random,
            clock,
            calls.judge(),
            recovery,
            systemServices.delayer(),
            gatewayConfig,
            anonymousSlots,
            CallShutdown.FINISH_WITHIN);
    this.articles =
        ArticleModule.of(
            database,
            durable,
            keys,
            assignments,
            calls,
            providers,
            settings,
            log,
            audit,
            jobs,
            ids,
            clock,
            toolCheck);
    this.archivedWorkspaces = new ArchivedWorkspaces(database, articles.runs(), recovery);
    this.retention = new Retention(database, settings, audit, clock, RetentionTasks.all(audit));
    this.auditExport = new AuditExport(database, vault.auditKeys(), clock);
    this.auditVerification =
        new AuditVerification(
            database,
            vault.auditKeys(),
            audit,
            new AuditAnchor(auditAnchor, vault.auditKeys()),
            clock);
    this.removeOldMarkers = durable::removeOldMarkers;
  }

  /** All jobs except those that {@link App} adds. */
  List<JobDefinition> jobDefinitions() {
    var all = new ArrayList<JobDefinition>(recovery.jobs());
    all.addAll(keyCommands.jobs());
    all.addAll(
        keyImport.jobs((by, in, keys) -> recovery.requestTests(in, Trigger.USER, by, null, keys)));
    all.addAll(articles.jobs());
    all.addAll(gateway.jobs());
    all.add(
        new Recurring("archived-workspaces", Duration.ofMinutes(1), archivedWorkspaces::stopWork));
    all.add(new Recurring("committed-writes", Duration.ofMinutes(10), removeOldMarkers));
    all.add(new Recurring("keys-model-class", MODEL_CLASS_POLL_INTERVAL, this::reclassifyKeys));
    all.add(new Recurring("audit-verification", Duration.ofMinutes(1), auditVerification::run));
    all.add(new OneTime(AuditVerification.JOB, auditVerification::runRequested));
    all.add(new Recurring("data-key-rotation", DATA_KEY_POLL_INTERVAL, this::moveSecrets));
    all.add(new Recurring("retention", Duration.ofMinutes(15), retention::run));
    all.add(new Recurring("keys-trash", Duration.ofHours(1), this::purgeTrash));
    all.add(new Recurring("keys-imports", Duration.ofMinutes(10), keyImport::eraseExpiredSecrets));
    all.add(new Recurring("sessions", Duration.ofHours(1), this::sweepSignIns));
    return all;
  }

  /** Records failed TLS connections to OpenRouter in the audit log. */
  void recordTlsFailures() {
    for (var provider : providers.all()) {
      if (provider instanceof OpenRouter openRouter) {
        openRouter.onTlsFailure(
            () ->
                audit.recordRefusal(
                    Optional.empty(),
                    "provider",
                    AuditAction.COULD_NOT_CONNECT_SECURELY,
                    openRouter.label(),
                    Map.of("reason", UnreachableKind.TLS.text())));
      }
    }
  }

  private void moveSecrets() {
    dataKeys.run(
        jobs.stopping()::begun,
        (tx, retired) ->
            audit.record(
                tx,
                WorkspaceIds.ensureInstance(tx),
                "data key rotation",
                null,
                AuditAction.DELETED_RETIRED_DATA_KEY,
                retired.dataKeyId().toString(),
                Map.of("secrets moved", retired.moved())));
  }

  private void sweepSignIns() {
    sessions.sweep(clock.instant());
    signIn.sweep();
  }

  private void purgeTrash() {
    while (!jobs.stopping().begun() && keyCommands.purgeExpired() > 0) {
      // Each call removes one batch in a separate transaction.
    }
  }

  private void reclassifyKeys() {
    while (!jobs.stopping().begun() && keys.status().reclassifyNext()) {
      // Each call reclassifies one batch in a separate transaction.
    }
  }
}
