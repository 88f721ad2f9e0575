package dev.keywheel.recovery;

import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.pool.PoolRepository;
import dev.keywheel.key.state.Actor;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.KeyCheckResult;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.KeyToTest;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.log.StreamKind;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.problem.Conflict;
import dev.keywheel.problem.NotFound;
import dev.keywheel.problem.Rejected;
import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.ChatMessage;
import dev.keywheel.provider.ChatRequest;
import dev.keywheel.provider.CheckOutcome;
import dev.keywheel.provider.MessageRole;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.provider.Providers;
import dev.keywheel.provider.ReplyFormat;
import dev.keywheel.provider.limit.InconclusiveReason;
import dev.keywheel.provider.limit.KeyReason;
import dev.keywheel.provider.limit.TestReason;
import dev.keywheel.recovery.batch.BatchWriter;
import dev.keywheel.recovery.store.BatchLog;
import dev.keywheel.recovery.store.BatchRepository;
import dev.keywheel.recovery.store.KeyTestRepository;
import dev.keywheel.recovery.store.KeyTestResult;
import dev.keywheel.recovery.store.ResultRows;
import dev.keywheel.recovery.store.TestOutcome;
import dev.keywheel.recovery.store.Trigger;
import dev.keywheel.run.AttemptState;
import dev.keywheel.secret.Secret;
import dev.keywheel.usage.UsageWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Requests a minimal completion through one key: the only test that costs money, sent only for a
 * user who has seen its price. The outcome counts for the key like the outcome of any call: after a
 * refusal, the key check alone decides.
 */
final class DeepTester {
  private static final Duration DEADLINE = Duration.ofSeconds(60);

  private final Database database;
  private final KeyPool keys;
  private final Providers providers;
  private final ExecutionLog log;
  private final InstantSource clock;
  private final SynchronousKeyTester synchronousKeyTester;
  private final BatchRepository batchRepository = new BatchRepository();
  private final KeyTestRepository tests = new KeyTestRepository();

  DeepTester(
      Database database,
      KeyPool keys,
      Providers providers,
      ExecutionLog log,
      InstantSource clock,
      SynchronousKeyTester synchronousKeyTester) {
    this.database = database;
    this.keys = keys;
    this.providers = providers;
    this.log = log;
    this.clock = clock;
    this.synchronousKeyTester = synchronousKeyTester;
  }

  KeyTestResult test(
      UUID id, PoolId pool, UUID keyId, String model, Principal who, Consumer<Tx> audit) {
    var key = keys.get(pool.workspaceId(), keyId);
    if (key.status() == KeyStatus.DISABLED) {
      throw new Rejected(key.name() + " is disabled. Enable it to test it.");
    }
    var keyToTest = KeyToTest.of(key);
    var secret = keys.secrets().open(pool.workspaceId(), keyId);
    database.runTx(tx -> begin(tx, id, pool, keyToTest, model, who, audit));
    var sentAt = clock.instant();
    var outcome = send(pool, secret, model);
    var check =
        outcome instanceof CallOutcome.KeySuspect
            ? synchronousKeyTester.ask(pool, keyToTest)
            : null;
    return database.inTx(
        tx -> apply(tx, id, pool, keyToTest, model, sentAt, outcome, check, who.email()));
  }

  /**
   * Stores the test before it is sent. Its inconclusive result remains if the node crashes. Locks
   * all pools, in order, because the audit event concerns all of them.
   */
  private void begin(
      Tx tx, UUID id, PoolId pool, KeyToTest key, String model, Principal who, Consumer<Tx> audit) {
    PoolRepository.lockAll(tx, pool.workspaceId());
    var now = clock.instant();
    var by = new Actor(who.email(), null, null);
    if (!batchRepository.insertEnded(tx, id, pool, Trigger.USER, by, now, now)) {
      throw new Conflict(
          "Already sent",
          "This deep test was already requested and is sent only once. Its result is among the tests of "
              + key.name()
              + ".");
    }
    if (tests.add(tx, id, List.of(key.keyId()), now) == 0) {
      throw new NotFound("The key was deleted.");
    }
    tests.markDeep(tx, id, model, null);
    tests.fillWaiting(tx, id, TestOutcome.UNKNOWN, InconclusiveReason.SENT, now);
    ResultRows.recount(tx, id);
    log.open(tx, id, pool.workspaceId(), StreamKind.RECOVERY);
    audit.accept(tx);
  }

  private CallOutcome send(PoolId pool, Secret secret, String model) {
    var request =
        new ChatRequest(
            model,
            List.of(new ChatMessage(MessageRole.USER, "Reply with the word OK.")),
            DeepTestOffer.COMPLETION_TOKENS,
            0,
            new ReplyFormat.Text(),
            DEADLINE);
    return providers.byName(pool.provider()).chat(secret, request);
  }

  private KeyTestResult apply(
      Tx tx,
      UUID id,
      PoolId pool,
      KeyToTest key,
      String model,
      Instant sentAt,
      CallOutcome outcome,
      @Nullable CheckOutcome check,
      String who) {
    keys.rotation().lock(tx, pool);
    var now = clock.instant();
    var models = ModelClass.of(model);
    var actor = new Actor(who, null, id);
    var result =
        check == null
            ? applyCall(tx, pool, key, outcome, models, now, actor)
            : applyCheck(tx, pool, key, check, now, actor).after(outcome.evidence());
    keys.updater()
        .recordUse(
            tx,
            key.keyId(),
            outcome instanceof CallOutcome.Answer,
            outcome.usage(),
            outcome.latencyMs(),
            now);
    ResultRows.write(tx, id, List.of(result), now);
    tests.markDeep(tx, id, model, outcome.usage());
    ResultRows.recount(tx, id);
    batchRepository.setEndedAt(tx, id, now);
    UsageWriter.add(
        tx,
        pool,
        key,
        model,
        sentAt,
        AttemptState.of(outcome, false, false).code(),
        outcome.usage(),
        outcome.latencyMs());
    log.append(tx, id, now, List.of(BatchLog.deep(result, model), BatchLog.ended(result)));
    return result;
  }

  /** If the key passes the check after a refused call, the result of the test is inconclusive. */
  private KeyTestResult applyCheck(
      Tx tx, PoolId pool, KeyToTest key, CheckOutcome check, Instant now, Actor actor) {
    var checked = new KeyCheckResult(key, check);
    var after =
        keys.updater().recordChecks(tx, pool, List.of(checked), now, actor).get(key.keyId());
    var result = BatchWriter.result(checked, after, now);
    return result.outcome() == TestOutcome.ACTIVE
        ? result.as(TestOutcome.UNKNOWN, InconclusiveReason.REFUSED_THOUGH_GOOD)
        : result;
  }

  private KeyTestResult applyCall(
      Tx tx,
      PoolId pool,
      KeyToTest key,
      CallOutcome outcome,
      ModelClass models,
      Instant now,
      Actor actor) {
    keys.updater()
        .recordCall(tx, pool, key.keyId(), key.secretVersion(), outcome, models, now, actor);
    // The test of a key that was deleted during the call still records its tokens and cost.
    var judged =
        keys.find(tx, pool.workspaceId(), key.keyId())
            .map(after -> judged(outcome, after, models))
            .orElseGet(() -> new Judged(TestOutcome.CANCELLED, InconclusiveReason.TAKEN_OUT));
    return new KeyTestResult(
        key.keyId(),
        key.name(),
        key.from(),
        judged.outcome,
        judged.reason,
        null,
        outcome.evidence(),
        outcome.latencyMs(),
        now);
  }

  /** The test result that an answer implies. */
  private record Judged(TestOutcome outcome, @Nullable TestReason reason) {}

  private static Judged judged(CallOutcome outcome, ApiKey after, ModelClass models) {
    if (after.status() == KeyStatus.DISABLED) {
      return new Judged(TestOutcome.CANCELLED, InconclusiveReason.TAKEN_OUT);
    }
    return switch (outcome) {
      case CallOutcome.Answer _ -> new Judged(TestOutcome.ACTIVE, null);
      case CallOutcome.KeyLimited limited ->
          after.usableFor(models)
              ? new Judged(TestOutcome.UNKNOWN, InconclusiveReason.SLOW_DOWN)
              : new Judged(TestOutcome.RATE_LIMITED, limited.limit().reason());
      case CallOutcome.InsufficientCredit _ ->
          new Judged(
              after.usableFor(models) ? TestOutcome.UNKNOWN : TestOutcome.RATE_LIMITED,
              KeyReason.LOW_CREDIT);
      case CallOutcome.KeyMalformed _ -> new Judged(TestOutcome.FAILED, KeyReason.MALFORMED);
      case CallOutcome.KeySuspect _ ->
          new Judged(TestOutcome.UNKNOWN, InconclusiveReason.UNEXPECTED);
      case CallOutcome.ModelError trouble ->
          answered(trouble) && after.usableFor(models)
              ? new Judged(TestOutcome.ACTIVE, null)
              : new Judged(TestOutcome.UNKNOWN, InconclusiveReason.MODEL);
      case CallOutcome.RequestError _ ->
          new Judged(TestOutcome.UNKNOWN, InconclusiveReason.REQUEST);
      case CallOutcome.Transient passing ->
          new Judged(
              TestOutcome.UNKNOWN,
              switch (passing.kind()) {
                case CUT -> InconclusiveReason.CUT;
                case RESET -> InconclusiveReason.NETWORK;
                case SERVER -> InconclusiveReason.SERVER;
              });
      case CallOutcome.TimedOut _ -> new Judged(TestOutcome.UNKNOWN, InconclusiveReason.TIMEOUT);
      case CallOutcome.Unreachable lost ->
          new Judged(
              TestOutcome.UNKNOWN,
              switch (lost.kind()) {
                case HTML_ANSWER, REDIRECT -> InconclusiveReason.HTML;
                case NOT_JSON, NO_BODY -> InconclusiveReason.UNEXPECTED;
                case DNS, REFUSED, NO_ROUTE, CONNECT_TIMEOUT, TLS, NO_SOCKET ->
                    InconclusiveReason.NETWORK;
              });
      case CallOutcome.AddressBlocked _ ->
          new Judged(TestOutcome.UNKNOWN, InconclusiveReason.BLOCKED);
    };
  }

  /** Whether the model answered, which proves that the key works. */
  private static boolean answered(CallOutcome.ModelError trouble) {
    return switch (trouble.kind()) {
      case EMPTY, ONLY_REASONING, ONLY_TOOL_CALLS, ONLY_IMAGE_LINK -> true;
      case REASONING_ONLY, REFUSED, CONTENT_FILTER, WRONG_FORM -> true;
      case UPSTREAM_LIMITED,
          NO_ENDPOINT,
          ACCOUNT_POLICY,
          BYOK,
          PROVIDER_CREDITS,
          MODEL_TYPE,
          FORBIDDEN,
          CHOICE_ERROR,
          TOO_BIG,
          OTHER_ROUTE ->
          false;
    };
  }
}
