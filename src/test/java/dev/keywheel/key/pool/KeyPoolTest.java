package dev.keywheel.key.pool;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.KEY_CHANGES;
import static dev.keywheel.key.state.KeyStatus.ACTIVE;
import static dev.keywheel.key.state.KeyStatus.FAILED;
import static dev.keywheel.key.state.KeyStatus.RATE_LIMITED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keywheel.key.search.KeyDetail;
import dev.keywheel.key.search.KeyHistory;
import dev.keywheel.key.search.KeyList;
import dev.keywheel.key.state.Actor;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.KeyCheckResult;
import dev.keywheel.key.state.KeyState;
import dev.keywheel.key.state.PoolCounts;
import dev.keywheel.key.state.PoolPause;
import dev.keywheel.key.state.PoolState;
import dev.keywheel.key.state.RotationNumber;
import dev.keywheel.key.state.Seeing;
import dev.keywheel.key.state.StatusChange;
import dev.keywheel.problem.NotFound;
import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.CheckOutcome;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.provider.Usage;
import dev.keywheel.provider.limit.KeyReason;
import dev.keywheel.provider.limit.LimitClass;
import dev.keywheel.provider.limit.LimitScope;
import dev.keywheel.support.TestPool;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class KeyPoolTest {
  private static final Actor RUN = Actor.run(new UUID(1, 1));

  private final TestPool t = new TestPool();

  @AfterEach
  void close() {
    t.close();
  }

  @Test
  void new_keys_are_active_and_take_turns_in_the_order_they_were_added() {
    List<UUID> ids = t.add(9);
    assertEquals(new PoolCounts(9, 0, 0, 0), t.pool.status().counts(t.id));
    assertEquals(ids.subList(0, 7), give(7));
    assertEquals(List.of(ids.get(7), ids.get(8), ids.get(0)), give(3));
    UUID late = t.add("late").getFirst();
    assertEquals(List.of(late, ids.get(1)), give(2));
  }

  @Test
  void the_secret_opens_for_its_own_workspace_only() {
    UUID id = t.add("key1").getFirst();
    assertEquals("sk-or-v1-test-secret-of-key1", t.pool.secrets().open(t.workspace, id).reveal());
    assertThrows(NotFound.class, () -> t.pool.secrets().open(t.ids.next(), id));
    assertEquals("sk-or-v1-…key1", t.key(id).masked());
  }

  @Test
  void a_key_that_the_pool_has_is_not_added_again() {
    t.add("key1");
    assertEquals(List.of(), t.add("key1"));
    assertEquals(1, t.pool.status().counts(t.id).all());
  }

  @Test
  void many_at_once_give_every_key_equally_often() throws Exception {
    t.add(11);
    Map<UUID, Integer> given = new HashMap<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var tasks = new ArrayList<java.util.concurrent.Callable<List<UUID>>>();
      for (int i = 0; i < 40; i++) {
        tasks.add(() -> give(7));
      }
      for (var done : threads.invokeAll(tasks)) {
        done.get().forEach(id -> given.merge(id, 1, Integer::sum));
      }
    }
    int least = given.values().stream().min(Integer::compare).orElseThrow();
    int most = given.values().stream().max(Integer::compare).orElseThrow();
    assertEquals(280, given.values().stream().mapToInt(Integer::intValue).sum());
    assertTrue(most - least <= 1, given.toString());
  }

  @Test
  void a_limit_of_free_models_takes_the_key_out_of_their_rotation_only() {
    List<UUID> ids = t.add(2);
    Instant midnight = Instant.parse("2026-03-11T00:00:00Z");
    StatusChange change =
        observe(
                ids.getFirst(),
                limited(LimitScope.KEY, LimitClass.FREE, KeyReason.FREE_DAILY, midnight))
            .orElseThrow();
    assertEquals(RATE_LIMITED, change.to());
    assertEquals(KeyReason.FREE_DAILY, change.reason());
    assertEquals(midnight, change.until());
    assertEquals(List.of(ids.get(1)), usable(ModelClass.FREE));
    assertEquals(ids, usable(ModelClass.PAID));
    assertEquals(Optional.of(midnight), t.pool.rechecks().findFirstLimitEnd(t.id));
    assertEquals(List.of(), t.pool.rechecks().findDue(t.clock.instant(), 10, Set.of()));
    assertEquals(
        List.of(ids.getFirst()),
        t.pool.rechecks().findDue(midnight, 10, Set.of()).stream()
            .map(Rechecks.Due::keyId)
            .toList());
  }

  @Test
  void a_limit_of_an_account_reaches_all_its_keys_and_no_other() {
    List<UUID> ids = t.add(4);
    account("acme", ids.get(0), ids.get(1), ids.get(2));
    observe(ids.get(1), limited(LimitScope.ACCOUNT, LimitClass.ALL, KeyReason.CREDITS, null));
    assertEquals(List.of(ids.get(3)), usable(ModelClass.FREE));
    assertEquals(new PoolCounts(1, 3, 0, 0), t.pool.status().counts(t.id));
    assertEquals(1, statusChanges(ids.get(0)));
  }

  @Test
  void a_day_whose_end_was_named_outlasts_the_checks_of_all_keys_of_the_account() {
    List<UUID> ids = t.add(2);
    account("acme", ids.get(0), ids.get(1));
    Instant reset = t.clock.instant().plus(Duration.ofHours(2));
    observe(ids.get(0), limited(LimitScope.ACCOUNT, LimitClass.FREE, KeyReason.FREE_DAILY, reset));
    t.clock.tick(Duration.ofMinutes(1));
    Instant now = t.clock.instant();
    checks(
        Seeing.checked(ids.get(0), Seeing.good(now, Seeing.facts())),
        Seeing.checked(ids.get(1), Seeing.good(now, Seeing.facts())));
    assertEquals(new PoolCounts(0, 2, 0, 0), t.pool.status().counts(t.id));
    assertEquals(ids, usable(ModelClass.PAID));
    assertEquals(reset, t.key(ids.get(1)).until());
    forgetWhoNamedTheTimes(); // as older versions wrote their limits
    t.clock.tick(Duration.ofMinutes(1));
    check(ids.get(1), Seeing.good(t.clock.instant(), Seeing.facts()));
    assertEquals(ACTIVE, t.key(ids.get(1)).status());
  }

  private void forgetWhoNamedTheTimes() {
    t.database.runTx(
        tx ->
            tx.dsl()
                .execute(
                    "update api_keys set limits = jsonb_build_array((limits -> 0) - 'named')"));
  }

  @Test
  void a_check_teaches_the_account_but_never_over_what_a_person_typed() {
    List<UUID> ids = t.add(2);
    account("typed by hand", ids.get(1));
    var facts = Seeing.facts(null, null, false, false, null, "user_1");
    check(ids.get(0), Seeing.good(t.clock.instant(), facts));
    check(ids.get(1), Seeing.good(t.clock.instant(), facts));
    assertEquals("user_1", t.key(ids.get(0)).account());
    assertEquals("typed by hand", t.key(ids.get(1)).account());
  }

  @Test
  void two_bare_refusals_of_different_accounts_in_a_row_are_not_the_keys() {
    List<UUID> ids = t.add(3);
    assertEquals(
        RATE_LIMITED, observe(ids.get(0), Seeing.bare(t.clock.instant())).orElseThrow().to());
    t.clock.tick(Duration.ofSeconds(1));
    assertEquals(Optional.empty(), observe(ids.get(1), Seeing.bare(t.clock.instant())));
    assertEquals(new PoolCounts(3, 0, 0, 0), t.pool.status().counts(t.id));
    t.clock.tick(Duration.ofSeconds(1));
    observe(ids.get(2), Seeing.answer(t.clock.instant()));
    t.clock.tick(Duration.ofSeconds(1));
    assertEquals(
        RATE_LIMITED, observe(ids.get(1), Seeing.bare(t.clock.instant())).orElseThrow().to());
  }

  @Test
  void the_way_back_has_a_reason_of_its_own_and_what_was_seen_then() {
    List<UUID> ids = t.add(3);
    observe(ids.get(0), Seeing.bare(t.clock.instant()));
    t.clock.tick(Duration.ofSeconds(1));
    observe(ids.get(1), Seeing.bare(t.clock.instant()));
    var takenBack = lastChange(ids.get(0));
    assertEquals(
        "Another key got the same answer: the provider's limit, not this key's",
        Objects.requireNonNull(takenBack.reason().sentence()));
    assertEquals("R18 bare 429", Objects.requireNonNull(takenBack.evidence()).rule());
    assertEquals(t.clock.instant(), takenBack.evidence().at());

    t.clock.tick(Duration.ofMinutes(5));
    check(ids.get(1), Seeing.refused(t.clock.instant()));
    assertEquals(KeyReason.INVALID, lastChange(ids.get(1)).reason());
    t.clock.tick(Duration.ofSeconds(1));
    check(ids.get(1), Seeing.good(t.clock.instant(), Seeing.facts()));
    assertEquals(
        "The key check succeeded",
        Objects.requireNonNull(lastChange(ids.get(1)).reason().sentence()));

    observe(ids.get(2), limited(LimitScope.KEY, LimitClass.PAID, KeyReason.CREDITS, null));
    t.clock.tick(Duration.ofSeconds(1));
    check(ids.get(2), Seeing.good(t.clock.instant(), Seeing.facts()));
    var other = lastChange(ids.get(2));
    assertEquals(ACTIVE, other.from());
    assertEquals(KeyReason.CHECK_PASSED, other.reason());

    observe(ids.get(2), limited(LimitScope.KEY, LimitClass.FREE, KeyReason.FREE_MINUTE, null));
    t.clock.tick(Duration.ofSeconds(1));
    observe(ids.get(2), Seeing.answer(t.clock.instant()));
    assertEquals(
        "A call succeeded", Objects.requireNonNull(lastChange(ids.get(2)).reason().sentence()));
  }

  private KeyDetail.Change lastChange(UUID id) {
    return new KeyHistory(t.database)
        .get(t.workspace, id, KeyHistory.Before.NOW)
        .changes()
        .getFirst();
  }

  @Test
  void two_bare_refusals_of_one_account_are_its_own() {
    List<UUID> ids = t.add(2);
    account("acme", ids.get(0), ids.get(1));
    observe(ids.get(0), Seeing.bare(t.clock.instant()));
    observe(ids.get(1), Seeing.bare(t.clock.instant()));
    assertEquals(new PoolCounts(0, 2, 0, 0), t.pool.status().counts(t.id));
  }

  @Test
  void a_block_of_this_address_pauses_the_pool_and_marks_no_key() {
    UUID id = t.add("key1").getFirst();
    var callMetadata = Seeing.trace(t.clock.instant(), "R19", 403);
    assertEquals(Optional.empty(), observe(id, new CallOutcome.AddressBlocked(null, callMetadata)));
    assertEquals(ACTIVE, t.key(id).status());
    assertEquals(
        t.clock.instant().plusSeconds(60), t.pool.status().findPause(t.id).orElseThrow().until());
    t.clock.tick(Duration.ofSeconds(61));
    assertEquals(Optional.empty(), t.pool.status().findPause(t.id));
  }

  @Test
  void a_short_pause_does_not_end_a_longer_one() {
    t.add("key1");
    var hour = t.clock.instant().plus(Duration.ofHours(1));
    t.database.runTx(tx -> t.pool.status().pausePool(tx, t.id, hour, "Long."));
    t.database.runTx(
        tx -> t.pool.status().pausePool(tx, t.id, t.clock.instant().plusSeconds(30), "Short."));
    assertEquals(new PoolPause(hour, "Long."), t.pool.status().findPause(t.id).orElseThrow());
    var later = hour.plusSeconds(1);
    t.database.runTx(tx -> t.pool.status().pausePool(tx, t.id, later, "Longer."));
    assertEquals(later, t.pool.status().findPause(t.id).orElseThrow().until());
  }

  @Test
  void a_group_of_results_is_applied_together_and_each_keeps_its_evidence() {
    List<UUID> ids = t.add(3);
    Instant now = t.clock.instant();
    Map<UUID, KeyState.Shown> first =
        checks(
            Seeing.checked(ids.get(0), Seeing.refused(now)),
            Seeing.checked(ids.get(1), Seeing.good(now, Seeing.facts(null, "0"))),
            Seeing.checked(ids.get(2), Seeing.good(now, Seeing.facts())));
    assertEquals(
        List.of(FAILED, RATE_LIMITED, ACTIVE),
        ids.stream().map(id -> Objects.requireNonNull(first.get(id)).status()).toList());
    assertEquals(new PoolCounts(1, 1, 1, 0), t.pool.status().counts(t.id));
    assertEquals(
        List.of(ids.get(0), ids.get(1)),
        t.pool.rechecks().findTestable(t.id, 10).stream().map(ApiKey::id).toList());
    t.clock.tick(Duration.ofMinutes(5));
    Instant later = t.clock.instant();
    Map<UUID, KeyState.Shown> second =
        checks(
            Seeing.checked(ids.get(0), Seeing.good(later, Seeing.facts())),
            Seeing.checked(ids.get(1), Seeing.good(later, Seeing.facts())));
    assertTrue(second.values().stream().allMatch(shown -> shown.status() == ACTIVE));
    assertEquals(3, t.pool.status().counts(t.id).active());
    assertEquals(
        "R2",
        t.database.read(
            dsl ->
                dsl.select(KEY_CHANGES.EVIDENCE)
                    .from(KEY_CHANGES)
                    .where(KEY_CHANGES.KEY_ID.eq(ids.getFirst()))
                    .and(KEY_CHANGES.TO_STATUS.eq(FAILED.word()))
                    .fetchSingle(
                        row ->
                            dev.keywheel.db.Json.read(
                                    row.value1(), dev.keywheel.provider.Evidence.class)
                                .rule())));
  }

  @Test
  void an_answer_that_changes_nothing_leaves_the_version_alone() {
    UUID id = t.add("key1").getFirst();
    long before = version();
    observe(id, Seeing.answer(t.clock.instant()));
    assertEquals(before, version());
    observe(id, Seeing.bare(t.clock.instant()));
    assertTrue(version() > before);
  }

  @Test
  void uses_are_counted() {
    UUID id = t.add("key1").getFirst();
    var usage = new Usage(100, 50, 0, new BigDecimal("0.0125"), true);
    t.database.runTx(tx -> t.pool.updater().recordUse(tx, id, true, usage, 321, t.clock.instant()));
    t.database.runTx(
        tx -> t.pool.updater().recordUse(tx, id, false, Usage.NONE, 10, t.clock.instant()));
    ApiKey key = t.key(id);
    assertEquals(2, key.calls());
    assertEquals(1, key.callsOk());
    assertEquals(150, key.tokens());
    assertEquals(0, new BigDecimal("0.0125").compareTo(key.cost()));
    assertEquals(t.clock.instant(), key.lastUsedAt());
  }

  @Test
  void another_class_of_text_models_shows_another_status() {
    UUID id = t.add("key1").getFirst();
    observe(id, limited(LimitScope.KEY, LimitClass.PAID, KeyReason.CREDITS, null));
    assertEquals(ACTIVE, t.key(id).status());
    t.database.runTx(tx -> t.pool.status().setTextClass(tx, t.id, ModelClass.PAID));
    reclassify();
    assertEquals(RATE_LIMITED, t.key(id).status());
    assertFalse(t.key(id).usableFor(ModelClass.PAID));
  }

  @Test
  void the_keys_follow_another_class_of_text_models_in_batches() {
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
    assertTrue(t.pool.status().reclassifyNext());
    assertEquals(KeyStateUpdater.BATCH, t.pool.status().counts(t.id).rateLimited());
    reclassify();
    assertEquals(keys, t.pool.status().counts(t.id).rateLimited());
    t.database.runTx(tx -> t.pool.status().setTextClass(tx, t.id, ModelClass.PAID));
    assertFalse(t.pool.status().reclassifyNext());
  }

  private void reclassify() {
    while (t.pool.status().reclassifyNext()) {
      assertTrue(t.pool.status().counts(t.id).all() > 0);
    }
  }

  private List<UUID> give(int n) {
    return t.database.inTx(
        tx -> {
          t.pool.rotation().lock(tx, t.id);
          List<UUID> keys =
              t.pool.rotation().findUsable(tx, t.id, ModelClass.FREE, Set.of(), n).stream()
                  .map(ApiKey::id)
                  .toList();
          return t.pool.rotation().assign(tx, keys).stream().map(RotationNumber::keyId).toList();
        });
  }

  private List<UUID> usable(ModelClass models) {
    return t.pool.rotation().findNext(t.id, models, 100).stream().map(ApiKey::id).toList();
  }

  private Optional<StatusChange> observe(UUID id, CallOutcome outcome) {
    return t.database.inTx(
        tx ->
            t.pool
                .updater()
                .recordCall(tx, id, 1, outcome, ModelClass.FREE, t.clock.instant(), RUN));
  }

  private void check(UUID id, CheckOutcome verdict) {
    checks(Seeing.checked(id, verdict));
  }

  private Map<UUID, KeyState.Shown> checks(KeyCheckResult... checked) {
    return t.database.inTx(
        tx -> t.pool.updater().recordChecks(tx, t.id, List.of(checked), t.clock.instant(), RUN));
  }

  private CallOutcome limited(
      LimitScope limitScope,
      LimitClass models,
      KeyReason reason,
      @org.jspecify.annotations.Nullable Instant until) {
    return Seeing.limited(t.clock.instant(), limitScope, models, reason, until);
  }

  private void account(String account, UUID... ids) {
    t.database.runTx(
        tx ->
            tx.dsl()
                .update(API_KEYS)
                .set(API_KEYS.ACCOUNT, account)
                .set(API_KEYS.ACCOUNT_SOURCE, "typed")
                .where(API_KEYS.ID.in(ids))
                .execute());
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
