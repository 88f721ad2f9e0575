package dev.keywheel.key.pool;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.toSet;

import dev.keywheel.db.Ids;
import dev.keywheel.db.Tx;
import dev.keywheel.key.pool.KeyStateWriter.Move;
import dev.keywheel.key.state.Actor;
import dev.keywheel.key.state.KeyCheckResult;
import dev.keywheel.key.state.KeyState;
import dev.keywheel.key.state.Limit;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.key.state.PoolPause;
import dev.keywheel.key.state.StatusChange;
import dev.keywheel.key.state.UnattributedRateLimit;
import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.Evidence;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.provider.Usage;
import dev.keywheel.provider.limit.KeyReason;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jooq.Condition;

/** Applies the outcomes of calls and checks to keys, their accounts and the pool. */
public final class KeyStateUpdater {
  /** The maximum number of keys whose shown status is derived again in one transaction. */
  static final int BATCH = 1_000;

  /**
   * Applies the outcome of a call and returns the change of the key; empty when it did not change.
   * A limit of an account applies to all its keys. A block of this server's address only pauses the
   * pool, even after the key was deleted or its secret was replaced. A second unattributed rate
   * limit in a row limits no key and ends the limit that the first one caused.
   *
   * @param secretVersion read before the secret that was sent; if it has changed, all outcomes
   *     except a block of the address are ignored
   */
  public Optional<StatusChange> recordCall(
      Tx tx,
      PoolId pool,
      UUID keyId,
      int secretVersion,
      CallOutcome outcome,
      ModelClass models,
      Instant now,
      Actor by) {
    if (outcome instanceof CallOutcome.AddressBlocked blocked) {
      PoolStatus.pause(tx, pool, PoolPause.ofBlockedAddress(now.plus(blocked.pause())));
      return Optional.empty();
    }
    Optional<LockedKey> found = KeyRepository.find(tx.dsl(), keyId);
    if (found.isEmpty() || found.get().key().secretVersion() != secretVersion) {
      return Optional.empty();
    }
    boolean unchanged = found.get().state().after(outcome, models, now).equals(found.get().state());
    if (unchanged && !changesUnattributedLimit(tx, pool, outcome)) {
      return Optional.empty();
    }
    PoolRepository.lock(tx, pool);
    Set<UUID> affected = new HashSet<>(Set.of(keyId));
    if (isUnattributed(outcome)) {
      PoolRepository.lastUnattributed429(tx.dsl(), pool)
          .ifPresent(refusal -> affected.add(refusal.keyId()));
    }
    var moves =
        KeyRepository.find(tx.dsl(), keyId).stream()
            .map(row -> Move.after(row, outcome, models, now));
    List<LockedKey> locked = lock(tx, pool, affected, moves);
    return locked.stream()
        .filter(row -> row.key().id().equals(keyId) && row.key().secretVersion() == secretVersion)
        .findFirst()
        .flatMap(row -> apply(tx, row, locked, outcome, models, now, by));
  }

  /**
   * Applies the outcomes of checks of one pool in a constant number of statements. Returns the
   * shown state of each key afterwards, except deleted keys and keys with a newer secret. The
   * caller holds the pool's lock.
   */
  public Map<UUID, KeyState.ShownStatus> recordChecks(
      Tx tx, PoolId pool, List<KeyCheckResult> checked, Instant now, Actor by) {
    Map<UUID, KeyCheckResult> results =
        checked.stream()
            .collect(
                Collectors.toMap(result -> result.key().keyId(), Function.identity(), (a, b) -> b));
    var expected =
        KeyRepository.findUsedUp(tx.dsl(), results.values()).stream()
            .map(row -> Move.after(row, requireNonNull(results.get(row.key().id())), now));
    List<LockedKey> locked = lock(tx, pool, results.keySet(), expected);
    var moves = new ArrayList<Move>();
    Map<UUID, CheckFacts> facts = new HashMap<>();
    Map<UUID, Evidence> seen = new HashMap<>();
    for (LockedKey row : locked) {
      UUID id = row.key().id();
      KeyCheckResult result = results.get(id);
      if (result != null && result.key().secretVersion() == row.key().secretVersion()) {
        Move move = Move.after(row, result, now);
        moves.add(move);
        facts.put(id, CheckFacts.of(move.before(), result.outcome()));
        seen.put(id, result.outcome().evidence());
      }
    }
    List<Move> all = withSiblings(moves, locked, seen);
    KeyStateWriter.write(tx, all, facts, seen, now, by, KeyReason.CHECK_PASSED);
    PoolRepository.raiseVersion(tx, pool); // pages show every result
    return all.stream()
        .filter(move -> facts.containsKey(move.keyId()))
        .collect(Collectors.toMap(Move::keyId, Move::shown));
  }

  /**
   * Selects the checks that were made with the current secret of their key, or whose key was
   * purged. Without the pool's lock, a concurrent replacement of a secret may be missed.
   */
  public List<KeyCheckResult> withCurrentSecret(Tx tx, List<KeyCheckResult> checked) {
    Map<UUID, Integer> versions =
        tx.dsl()
            .select(API_KEYS.ID, API_KEYS.SECRET_VERSION)
            .from(API_KEYS)
            .where(
                Ids.isAmong(
                    API_KEYS.ID,
                    checked.stream().map(result -> result.key().keyId()).collect(toSet())))
            .fetchMap(API_KEYS.ID, API_KEYS.SECRET_VERSION);
    return checked.stream()
        .filter(
            result ->
                versions.getOrDefault(result.key().keyId(), result.key().secretVersion())
                    == result.key().secretVersion())
        .toList();
  }

  /** Counts a finished call. Locks only the key's row. */
  public void recordUse(Tx tx, UUID keyId, boolean ok, Usage usage, int latencyMs, Instant now) {
    KeyUses.record(tx, Stream.of(KeyUses.Use.of(keyId, ok, usage, latencyMs, now)));
  }

  /** Derives the shown status of the next keys after a change of class; false if none is left. */
  static boolean reclassify(Tx tx, Instant now) {
    Optional<PoolId> pool = PoolRepository.toReclassify(tx.dsl());
    if (pool.isEmpty()) {
      return false;
    }
    PoolRepository.lock(tx, pool.get());
    Optional<UUID> after = PoolRepository.reclassifiedTo(tx, pool.get());
    if (after.isPresent()) {
      List<Move> moves =
          reclassify(tx, KeyRepository.limitedAfter(pool.get(), after.get(), BATCH), now);
      boolean last = moves.size() < BATCH;
      PoolRepository.setReclassifiedTo(tx, pool.get(), last ? null : moves.getLast().keyId());
    }
    return true;
  }

  /**
   * Derives the shown status of keys that have left the trash: the class of text models may have
   * changed since they were deleted. The caller holds the lock of the pool.
   */
  public static void reclassifyRestored(Tx tx, Collection<UUID> keys, Instant now) {
    reclassify(tx, KeyRepository.limited(Ids.isAmong(API_KEYS.ID, keys)), now);
  }

  private static List<Move> reclassify(Tx tx, Condition which, Instant now) {
    List<Move> moves =
        KeyRepository.lock(tx.dsl(), which).stream()
            .map(lockedKey -> new Move(lockedKey, lockedKey.state()))
            .toList();
    KeyStateWriter.rewrite(tx, moves, now);
    return moves;
  }

  /**
   * Locks the keys, and those of accounts that the moves limit, in one statement: several
   * statements would not lock in the order of the ids. The caller holds the lock of the pool,
   * without which no state changes.
   */
  private static List<LockedKey> lock(
      Tx tx, PoolId pool, Collection<UUID> keys, Stream<Move> moves) {
    var ids = new HashSet<>(keys);
    ids.addAll(LockedKey.findOfAccounts(tx.dsl(), pool, Move.limitsOfAccounts(moves.toList())));
    return KeyRepository.lock(
        tx.dsl(), KeyRepository.inPool(pool).and(Ids.isAmong(API_KEYS.ID, ids)));
  }

  private Optional<StatusChange> apply(
      Tx tx,
      LockedKey lockedKey,
      List<LockedKey> locked,
      CallOutcome outcome,
      ModelClass models,
      Instant now,
      Actor by) {
    LockedKey.Row key = lockedKey.key();
    if (isUnattributed(outcome)) {
      var before = PoolRepository.lastUnattributed429(tx.dsl(), key.pool());
      var refusal = new UnattributedRateLimit(key.id(), key.account(), outcome.evidence().at());
      boolean ofNoKey = before.isPresent() && before.get().followedBy(refusal);
      var last = ofNoKey ? refusal.ofNoKey() : refusal;
      PoolRepository.setLastUnattributed429(tx, key.pool(), last);
      if (ofNoKey) {
        withdraw(tx, before.get(), locked, outcome.evidence(), now, by);
        return Optional.empty();
      }
    } else if (outcome instanceof CallOutcome.Answer) {
      PoolRepository.setLastUnattributed429(tx, key.pool(), null);
    }
    var move = Move.after(lockedKey, outcome, models, now);
    if (move.before().learnt()) {
      KeyStateWriter.learnAccount(tx, move.before());
    }
    Map<UUID, Evidence> seen = new HashMap<>();
    seen.put(lockedKey.key().id(), outcome.evidence());
    List<Move> all = withSiblings(List.of(move), locked, seen);
    write(tx, all, seen, now, by, KeyReason.ANSWERED);
    return all.stream()
        .filter(one -> one.keyId().equals(lockedKey.key().id()) && one.changes())
        .map(Move::change)
        .findFirst();
  }

  private static boolean isUnattributed(CallOutcome outcome) {
    return outcome instanceof CallOutcome.KeyLimited limited
        && limited.limit().reason() == KeyReason.RATE;
  }

  /** Whether the outcome changes the pool's last unattributed rate limit; takes no lock. */
  private static boolean changesUnattributedLimit(Tx tx, PoolId pool, CallOutcome outcome) {
    return isUnattributed(outcome)
        || (outcome instanceof CallOutcome.Answer
            && PoolRepository.lastUnattributed429(tx.dsl(), pool).isPresent());
  }

  /** Ends the limit of the key of {@code refusal}; {@code next} is the next refusal's evidence. */
  private void withdraw(
      Tx tx,
      UnattributedRateLimit refusal,
      List<LockedKey> locked,
      Evidence next,
      Instant now,
      Actor by) {
    List<Move> moves =
        locked.stream()
            .filter(lockedKey -> lockedKey.key().id().equals(refusal.keyId()))
            .map(lockedKey -> new Move(lockedKey, lockedKey.state().without(KeyReason.RATE)))
            .toList();
    write(tx, moves, Map.of(refusal.keyId(), next), now, by, KeyReason.NOT_ITS_OWN);
  }

  /** Adds the other keys of accounts that have reached a limit of the whole account. */
  private static List<Move> withSiblings(
      List<Move> moves, List<LockedKey> locked, Map<UUID, Evidence> seen) {
    Map<String, Limit> reached = Move.limitsOfAccounts(moves);
    Map<UUID, Move> all = new LinkedHashMap<>();
    moves.forEach(move -> all.put(move.keyId(), move));
    for (LockedKey sibling : locked) {
      Limit limit = sibling.account() == null ? null : reached.get(sibling.account());
      if (limit != null) {
        addShared(sibling, limit, all, seen);
      }
    }
    return List.copyOf(all.values());
  }

  private static void addShared(
      LockedKey sibling, Limit limit, Map<UUID, Move> all, Map<UUID, Evidence> seen) {
    UUID id = sibling.key().id();
    Move current = all.getOrDefault(id, new Move(sibling, sibling.state()));
    if (!current.next().limits().contains(limit)) {
      all.put(id, new Move(current.before(), current.next().sharing(limit)));
      seen.putIfAbsent(id, limit.evidence());
    }
  }

  private static void write(
      Tx tx, List<Move> moves, Map<UUID, Evidence> seen, Instant now, Actor by, KeyReason lifted) {
    KeyStateWriter.write(tx, moves, seen, now, by, lifted);
    moves.stream()
        .filter(move -> move.changes() || move.before().learnt())
        .map(move -> move.before().key().pool())
        .distinct()
        .forEach(pool -> PoolRepository.raiseVersion(tx, pool));
  }
}
