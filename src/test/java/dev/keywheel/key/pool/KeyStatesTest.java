package dev.keywheel.key.pool;

import static dev.keywheel.db.schema.Tables.KEY_CHANGES;
import static dev.keywheel.key.state.KeyStatus.ACTIVE;
import static dev.keywheel.key.state.KeyStatus.FAILED;
import static dev.keywheel.key.state.KeyStatus.RATE_LIMITED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.key.search.KeyDetail;
import dev.keywheel.key.search.KeyHistory;
import dev.keywheel.key.search.KeyList;
import dev.keywheel.key.search.Selection;
import dev.keywheel.key.state.Actor;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.KeyCheckResult;
import dev.keywheel.key.state.KeyState;
import dev.keywheel.key.state.Observations;
import dev.keywheel.key.state.PauseCause;
import dev.keywheel.key.state.PoolCounts;
import dev.keywheel.key.state.PoolPause;
import dev.keywheel.key.state.PoolState;
import dev.keywheel.key.state.StatusChange;
import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.CheckOutcome;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.provider.limit.KeyReason;
import dev.keywheel.provider.limit.LimitClass;
import dev.keywheel.provider.limit.LimitScope;
import dev.keywheel.support.TestPool;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What calls and checks of keys change: statuses, limits, accounts, the pause of the pool. */
@Tag("full")
final class KeyStatesTest {
  private static final Actor RUN = Actor.run(new UUID(1, 1));

  @AutoClose private final TestPool t = new TestPool();

  @Test
  void a_limit_of_free_models_removes_the_key_from_their_rotation_only() {
    List<UUID> ids = t.add(2);
    Instant midnight = Instant.parse("2026-03-11T00:00:00Z");
    StatusChange change =
        observe(
                ids.getFirst(),
                limited(LimitScope.KEY, LimitClass.FREE, KeyReason.FREE_DAILY, midnight))
            .orElseThrow();
    assertThat(change.to()).isEqualTo(RATE_LIMITED);
    assertThat(change.reason()).isEqualTo(KeyReason.FREE_DAILY);
    assertThat(change.until()).isEqualTo(midnight);
    assertThat(usable(ModelClass.FREE)).isEqualTo(List.of(ids.get(1)));
    assertThat(usable(ModelClass.PAID)).isEqualTo(ids);
    assertThat(t.pool.rechecks().findFirstLimitEnd(t.id)).isEqualTo(Optional.of(midnight));
    assertThat(t.pool.rechecks().findDue(t.clock.instant(), 10, Set.of())).isEmpty();
    assertThat(
            t.pool.rechecks().findDue(midnight, 10, Set.of()).stream()
                .map(Rechecks.DueCheck::keyId)
                .toList())
        .isEqualTo(List.of(ids.getFirst()));
  }

  @Test
  void a_limit_of_an_account_applies_to_all_its_keys_and_no_others() {
    List<UUID> ids = t.add(4);
    t.account("acme", ids.get(0), ids.get(1), ids.get(2));
    observe(ids.get(1), limited(LimitScope.ACCOUNT, LimitClass.ALL, KeyReason.CREDITS, null));
    assertThat(usable(ModelClass.FREE)).isEqualTo(List.of(ids.get(3)));
    assertThat(t.pool.status().counts(t.id)).isEqualTo(new PoolCounts(1, 3, 0, 0));
    assertThat(statusChanges(ids.get(0))).isEqualTo(1);
  }

  @Test
  void an_inconclusive_check_of_a_key_limits_no_other_key_of_its_account() {
    List<UUID> ids = t.add(2);
    t.account("acme", ids.get(0), ids.get(1));
    observe(ids.get(0), limited(LimitScope.ACCOUNT, LimitClass.ALL, KeyReason.CREDITS, null));
    t.clock.tick(Duration.ofDays(2));
    Instant now = t.clock.instant();
    checks(
        Observations.checked(ids.get(0), Observations.inconclusive(now)),
        Observations.checked(ids.get(1), Observations.good(now, Observations.facts())));
    assertThat(t.key(ids.get(1)).status()).as("in the same group").isEqualTo(ACTIVE);
    t.clock.tick(Duration.ofDays(2));
    check(ids.get(0), Observations.inconclusive(t.clock.instant()));
    assertThat(t.key(ids.get(1)).status()).as("later").isEqualTo(ACTIVE);
    assertThat(t.key(ids.get(0)).status()).isEqualTo(RATE_LIMITED);
  }

  @Test
  void a_limit_of_a_large_account_is_applied_to_a_part_of_its_keys_at_each_refusal() {
    List<UUID> ids = t.add(2 * LockedKey.MAX_PER_ACCOUNT + 10);
    t.account("acme", ids.toArray(UUID[]::new));
    Instant reset = t.clock.instant().plus(Duration.ofHours(2));
    var refusal = limited(LimitScope.ACCOUNT, LimitClass.FREE, KeyReason.FREE_DAILY, reset);
    observe(ids.getLast(), refusal);
    int first = t.pool.status().counts(t.id).rateLimited();
    assertThat(first).isBetween(LockedKey.MAX_PER_ACCOUNT, LockedKey.MAX_PER_ACCOUNT + 1);
    observe(usable(ModelClass.FREE).getFirst(), refusal);
    observe(usable(ModelClass.FREE).getFirst(), refusal);
    assertThat(t.pool.status().counts(t.id)).isEqualTo(new PoolCounts(0, ids.size(), 0, 0));
    assertThat(statusChanges(ids.getLast())).isEqualTo(1);
  }

  @Test
  void a_daily_limit_with_a_named_end_outlasts_the_checks_of_all_keys_of_the_account() {
    List<UUID> ids = t.add(2);
    t.account("acme", ids.get(0), ids.get(1));
    Instant reset = t.clock.instant().plus(Duration.ofHours(2));
    observe(ids.get(0), limited(LimitScope.ACCOUNT, LimitClass.FREE, KeyReason.FREE_DAILY, reset));
    t.clock.tick(Duration.ofMinutes(1));
    Instant now = t.clock.instant();
    checks(
        Observations.checked(ids.get(0), Observations.good(now, Observations.facts())),
        Observations.checked(ids.get(1), Observations.good(now, Observations.facts())));
    assertThat(t.pool.status().counts(t.id)).isEqualTo(new PoolCounts(0, 2, 0, 0));
    assertThat(usable(ModelClass.PAID)).isEqualTo(ids);
    assertThat(t.key(ids.get(1)).until()).isEqualTo(reset);
    removeNamedFlag(); // as older versions wrote their limits
    t.clock.tick(Duration.ofMinutes(1));
    check(ids.get(1), Observations.good(t.clock.instant(), Observations.facts()));
    assertThat(t.key(ids.get(1)).status()).isEqualTo(ACTIVE);
  }

  private void removeNamedFlag() {
    t.database.runTx(
        tx ->
            tx.dsl()
                .execute(
                    "update api_keys set limits = jsonb_build_array((limits -> 0) - 'named')"));
  }

  @Test
  void a_check_sets_the_account_but_never_replaces_a_typed_one() {
    List<UUID> ids = t.add(2);
    t.account("typed by hand", ids.get(1));
    var facts = Observations.facts(null, null, false, false, null, "user_1");
    check(ids.get(0), Observations.good(t.clock.instant(), facts));
    check(ids.get(1), Observations.good(t.clock.instant(), facts));
    assertThat(t.key(ids.get(0)).account()).isEqualTo("user_1");
    assertThat(t.key(ids.get(1)).account()).isEqualTo("typed by hand");
  }

  @Test
  void two_unattributed_refusals_of_different_accounts_in_a_row_limit_no_key() {
    List<UUID> ids = t.add(3);
    assertThat(observe(ids.get(0), Observations.bare(t.clock.instant())).orElseThrow().to())
        .isEqualTo(RATE_LIMITED);
    t.clock.tick(Duration.ofSeconds(1));
    assertThat(observe(ids.get(1), Observations.bare(t.clock.instant()))).isEmpty();
    assertThat(t.pool.status().counts(t.id)).isEqualTo(new PoolCounts(3, 0, 0, 0));
    t.clock.tick(Duration.ofSeconds(1));
    observe(ids.get(2), Observations.answer(t.clock.instant()));
    t.clock.tick(Duration.ofSeconds(1));
    assertThat(observe(ids.get(1), Observations.bare(t.clock.instant())).orElseThrow().to())
        .isEqualTo(RATE_LIMITED);
  }

  @Test
  void a_second_account_ends_a_limit_that_two_calls_of_one_key_have_found() {
    List<UUID> ids = t.add(2);
    Instant reset = t.clock.instant().plus(Duration.ofHours(1));
    observe(ids.get(0), limited(LimitScope.KEY, LimitClass.ALL, KeyReason.RATE, reset));
    t.clock.tick(Duration.ofMillis(20)); // less than the 100 ms that the call took
    observe(ids.get(0), limited(LimitScope.KEY, LimitClass.ALL, KeyReason.RATE, reset));
    t.clock.tick(Duration.ofSeconds(1));
    observe(ids.get(1), Observations.bare(t.clock.instant()));
    assertThat(t.pool.status().counts(t.id)).isEqualTo(new PoolCounts(2, 0, 0, 0));
  }

  @Test
  void a_third_unattributed_refusal_in_a_row_limits_no_key_either() {
    List<UUID> ids = t.add(3);
    for (UUID id : List.of(ids.get(0), ids.get(1), ids.get(1))) {
      observe(id, Observations.bare(t.clock.instant()));
      t.clock.tick(Duration.ofSeconds(1));
    }
    assertThat(t.pool.status().counts(t.id)).isEqualTo(new PoolCounts(3, 0, 0, 0));
    t.clock.tick(Duration.ofMinutes(1));
    assertThat(observe(ids.get(1), Observations.bare(t.clock.instant())).orElseThrow().to())
        .isEqualTo(RATE_LIMITED);
  }

  @Test
  void a_return_to_active_has_its_own_reason_and_evidence() {
    List<UUID> ids = t.add(3);
    observe(ids.get(0), Observations.bare(t.clock.instant()));
    t.clock.tick(Duration.ofSeconds(1));
    observe(ids.get(1), Observations.bare(t.clock.instant()));
    var reverted = lastChange(ids.get(0));
    assertThat(Objects.requireNonNull(reverted.reason().sentence()))
        .isEqualTo("Another key got the same answer: the provider's limit, not this key's");
    assertThat(Objects.requireNonNull(reverted.evidence()).rule()).isEqualTo("R18 bare 429");
    assertThat(reverted.evidence().at()).isEqualTo(t.clock.instant());

    t.clock.tick(Duration.ofMinutes(5));
    check(ids.get(1), Observations.refused(t.clock.instant()));
    assertThat(lastChange(ids.get(1)).reason()).isEqualTo(KeyReason.INVALID);
    t.clock.tick(Duration.ofSeconds(1));
    check(ids.get(1), Observations.good(t.clock.instant(), Observations.facts()));
    assertThat(Objects.requireNonNull(lastChange(ids.get(1)).reason().sentence()))
        .isEqualTo("The key check succeeded");

    observe(ids.get(2), limited(LimitScope.KEY, LimitClass.PAID, KeyReason.CREDITS, null));
    t.clock.tick(Duration.ofSeconds(1));
    check(ids.get(2), Observations.good(t.clock.instant(), Observations.facts()));
    var other = lastChange(ids.get(2));
    assertThat(other.from()).isEqualTo(ACTIVE);
    assertThat(other.reason()).isEqualTo(KeyReason.CHECK_PASSED);

    observe(ids.get(2), limited(LimitScope.KEY, LimitClass.FREE, KeyReason.FREE_MINUTE, null));
    t.clock.tick(Duration.ofSeconds(1));
    observe(ids.get(2), Observations.answer(t.clock.instant()));
    assertThat(Objects.requireNonNull(lastChange(ids.get(2)).reason().sentence()))
        .isEqualTo("A call succeeded");
  }

  private KeyDetail.Change lastChange(UUID id) {
    return new KeyHistory(t.database)
        .get(t.workspace, id, KeyHistory.Before.NOW)
        .changes()
        .getFirst();
  }

  @Test
  void two_unattributed_refusals_of_one_account_limit_its_keys() {
    List<UUID> ids = t.add(2);
    t.account("acme", ids.get(0), ids.get(1));
    observe(ids.get(0), Observations.bare(t.clock.instant()));
    observe(ids.get(1), Observations.bare(t.clock.instant()));
    assertThat(t.pool.status().counts(t.id)).isEqualTo(new PoolCounts(0, 2, 0, 0));
  }

  @Test
  void a_block_of_this_address_pauses_the_pool_and_marks_no_key() {
    UUID id = t.add("key1").getFirst();
    var callMetadata = Observations.metadata(t.clock.instant(), "R19", 403);
    assertThat(
            observe(
                id,
                new CallOutcome.AddressBlocked(CallOutcome.AddressBlocked.MIN_PAUSE, callMetadata)))
        .isEmpty();
    assertThat(t.key(id).status()).isEqualTo(ACTIVE);
    assertThat(t.pool.status().findPause(t.id).orElseThrow().until())
        .isEqualTo(t.clock.instant().plusSeconds(60));
    t.clock.tick(Duration.ofSeconds(61));
    assertThat(t.pool.status().findPause(t.id)).isEmpty();
  }

  @Test
  void a_block_of_this_address_is_known_even_if_the_key_was_deleted_during_the_call() {
    UUID id = t.add("key1").getFirst();
    t.edits(10).delete(t.admin, Selection.of(List.of(id)));
    var callMetadata = Observations.metadata(t.clock.instant(), "R19", 403);
    observe(id, new CallOutcome.AddressBlocked(CallOutcome.AddressBlocked.MIN_PAUSE, callMetadata));
    assertThat(t.pool.status().findPause(t.id)).isPresent();
  }

  @Test
  void a_block_of_this_address_replaces_a_longer_pause_that_probes_may_end() {
    UUID id = t.add("key1").getFirst();
    Instant until = t.clock.instant().plus(Duration.ofMinutes(10));
    var outage = new PoolPause(until, "An outage.", PauseCause.PROVIDER_FAILS);
    t.database.runTx(tx -> t.pool.status().pausePool(tx, t.id, outage));
    var callMetadata = Observations.metadata(t.clock.instant(), "R19", 403);
    observe(id, new CallOutcome.AddressBlocked(CallOutcome.AddressBlocked.MIN_PAUSE, callMetadata));
    t.database.runTx(tx -> t.pool.status().pausePool(tx, t.id, outage));

    var pause = t.pool.status().findPause(t.id).orElseThrow();
    assertThat(pause.cause()).isEqualTo(PauseCause.ADDRESS_BLOCKED);
    assertThat(pause.reason()).startsWith("The provider blocks this server's address");
    assertThat(pause.until()).isBetween(until, until.plusMillis(1));
    boolean ended = t.database.inTx(tx -> t.pool.status().resumePool(tx, t.id, until));
    assertThat(ended).as("by an answer to an earlier probe").isFalse();
  }

  @Test
  void a_longer_pause_that_probes_may_end_does_not_replace_a_block_of_this_address() {
    UUID id = t.add("key1").getFirst();
    var callMetadata = Observations.metadata(t.clock.instant(), "R19", 403);
    observe(id, new CallOutcome.AddressBlocked(CallOutcome.AddressBlocked.MIN_PAUSE, callMetadata));
    Instant later = t.clock.instant().plus(Duration.ofMinutes(10));
    var outage = new PoolPause(later, "An outage.", PauseCause.PROVIDER_FAILS);

    t.database.runTx(tx -> t.pool.status().pausePool(tx, t.id, outage));
    assertThat(t.pool.status().findPause(t.id))
        .map(PoolPause::cause)
        .contains(PauseCause.ADDRESS_BLOCKED);

    t.clock.tick(CallOutcome.AddressBlocked.MIN_PAUSE);
    t.database.runTx(tx -> t.pool.status().pausePool(tx, t.id, outage));
    assertThat(t.pool.status().findPause(t.id)).as("after the block").contains(outage);
  }

  @Test
  void a_group_of_results_is_applied_together_and_each_keeps_its_evidence() {
    List<UUID> ids = t.add(3);
    Instant now = t.clock.instant();
    Map<UUID, KeyState.ShownStatus> first =
        checks(
            Observations.checked(ids.get(0), Observations.refused(now)),
            Observations.checked(ids.get(1), Observations.good(now, Observations.facts(null, "0"))),
            Observations.checked(ids.get(2), Observations.good(now, Observations.facts())));
    assertThat(ids.stream().map(id -> Objects.requireNonNull(first.get(id)).status()).toList())
        .isEqualTo(List.of(FAILED, RATE_LIMITED, ACTIVE));
    assertThat(t.pool.status().counts(t.id)).isEqualTo(new PoolCounts(1, 1, 1, 0));
    assertThat(t.pool.rechecks().findTestable(t.id, 10).stream().map(ApiKey::id).toList())
        .isEqualTo(List.of(ids.get(0), ids.get(1)));
    t.clock.tick(Duration.ofMinutes(5));
    Instant later = t.clock.instant();
    Map<UUID, KeyState.ShownStatus> second =
        checks(
            Observations.checked(ids.get(0), Observations.good(later, Observations.facts())),
            Observations.checked(ids.get(1), Observations.good(later, Observations.facts())));
    assertThat(second.values().stream().allMatch(shown -> shown.status() == ACTIVE)).isTrue();
    assertThat(t.pool.status().counts(t.id).active()).isEqualTo(3);
    String rule =
        t.database.read(
            dsl ->
                dsl.select(KEY_CHANGES.EVIDENCE)
                    .from(KEY_CHANGES)
                    .where(KEY_CHANGES.KEY_ID.eq(ids.getFirst()))
                    .and(KEY_CHANGES.TO_STATUS.eq(FAILED.code()))
                    .fetchSingle(
                        row ->
                            dev.keywheel.db.Json.read(
                                    row.value1(), dev.keywheel.provider.Evidence.class)
                                .rule()));
    assertThat(rule).isEqualTo("R2");
  }

  @Test
  void an_answer_that_changes_nothing_does_not_raise_the_version() {
    UUID id = t.add("key1").getFirst();
    long before = version();
    observe(id, Observations.answer(t.clock.instant()));
    assertThat(version()).isEqualTo(before);
    observe(id, Observations.bare(t.clock.instant()));
    assertThat(version() > before).isTrue();
  }

  @Test
  void a_changed_class_of_text_models_changes_the_shown_status() {
    UUID id = t.add("key1").getFirst();
    observe(id, limited(LimitScope.KEY, LimitClass.PAID, KeyReason.CREDITS, null));
    assertThat(t.key(id).status()).isEqualTo(ACTIVE);
    t.database.runTx(tx -> t.pool.status().setTextClass(tx, t.id, ModelClass.PAID));
    reclassify();
    assertThat(t.key(id).status()).isEqualTo(RATE_LIMITED);
    assertThat(t.key(id).usableFor(ModelClass.PAID)).isFalse();
  }

  @Test
  void a_restored_key_has_the_status_of_the_class_of_text_models_that_changed_since_its_deletion() {
    UUID id = t.add("key1").getFirst();
    observe(id, limited(LimitScope.KEY, LimitClass.PAID, KeyReason.CREDITS, null));
    var edits = t.edits(5_000);
    for (var models : List.of(ModelClass.PAID, ModelClass.FREE)) {
      edits.delete(t.admin, Selection.of(List.of(id)));
      t.database.runTx(tx -> t.pool.status().setTextClass(tx, t.id, models));
      while (t.pool.status().reclassifyNext()) {
        assertThat(t.pool.status().counts(t.id).all()).isZero();
      }
      edits.undo().restore(t.admin, List.of(id));
      boolean limited = models == ModelClass.PAID;
      assertThat(t.key(id).status()).isEqualTo(limited ? RATE_LIMITED : ACTIVE);
      assertThat(t.pool.status().counts(t.id).rateLimited()).isEqualTo(limited ? 1 : 0);
    }
  }

  @Test
  void a_changed_class_of_text_models_is_applied_to_the_keys_in_batches() {
    int keys = 2 * KeyStateUpdater.BATCH + 7;
    t.add(keys);
    t.database.runTx(
        tx ->
            tx.dsl()
                .execute(
                    """
                    update api_keys set usable_paid = false, limits = jsonb_build_array(jsonb_build_object(
                      'limitClass', 'PAID', 'reach', 'KEY', 'reason', 'credits', 'named', false,
                      'since', '2026-03-10T14:00:00Z', 'until', '2026-03-10T15:00:00Z',
                      'evidence', jsonb_build_object('at', '2026-03-10T14:00:00Z', 'source', 'chat',
                        'rule', 'R', 'seen', '', 'headers', '{}'::jsonb)))"""));
    t.database.runTx(tx -> t.pool.status().setTextClass(tx, t.id, ModelClass.PAID));
    assertThat(t.pool.status().reclassifyNext()).isTrue();
    assertThat(t.pool.status().counts(t.id).rateLimited()).isEqualTo(KeyStateUpdater.BATCH);
    reclassify();
    assertThat(t.pool.status().counts(t.id).rateLimited()).isEqualTo(keys);
    t.database.runTx(tx -> t.pool.status().setTextClass(tx, t.id, ModelClass.PAID));
    assertThat(t.pool.status().reclassifyNext()).isFalse();
  }

  private void reclassify() {
    while (t.pool.status().reclassifyNext()) {
      assertThat(t.pool.status().counts(t.id).all() > 0).isTrue();
    }
  }

  private List<UUID> usable(ModelClass models) {
    return t.pool.rotation().findNext(t.id, models, 100).stream().map(ApiKey::id).toList();
  }

  private Optional<StatusChange> observe(UUID id, CallOutcome outcome) {
    return t.database.inTx(
        tx ->
            t.pool
                .updater()
                .recordCall(tx, t.id, id, 1, outcome, ModelClass.FREE, t.clock.instant(), RUN));
  }

  private void check(UUID id, CheckOutcome verdict) {
    checks(Observations.checked(id, verdict));
  }

  private Map<UUID, KeyState.ShownStatus> checks(KeyCheckResult... checked) {
    return t.database.inTx(
        tx -> t.pool.updater().recordChecks(tx, t.id, List.of(checked), t.clock.instant(), RUN));
  }

  private CallOutcome limited(
      LimitScope limitScope,
      LimitClass models,
      KeyReason reason,
      @org.jspecify.annotations.Nullable Instant until) {
    return Observations.limited(t.clock.instant(), limitScope, models, reason, until);
  }

  private int statusChanges(UUID id) {
    return t.database.read(
        dsl ->
            dsl.fetchCount(
                KEY_CHANGES, KEY_CHANGES.KEY_ID.eq(id).and(KEY_CHANGES.KIND.eq("status"))));
  }

  private long version() {
    return new KeyList(t.database).pools(t.workspace).stream().mapToLong(PoolState::version).sum();
  }
}
