package dev.keywheel.rotation;

import dev.keywheel.run.AttemptRepository;
import dev.keywheel.run.Plan;
import dev.keywheel.run.RunFence;
import dev.keywheel.run.Seat;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The calls of one operation by one worker, with the held key and the keys that must not be
 * assigned again. Used by one thread. {@link CallExecutor#open} restores it from the attempts of an
 * earlier worker.
 */
public final class CallContext {
  /**
   * Maximum number of calls of one operation within an hour, including calls with refused keys.
   * Limits endless loops; no operation needs nearly as many, even during an outage.
   */
  static final int MAX_CALLS = 100;

  static final Duration COUNTED_FOR = Duration.ofHours(1);

  /** Number of keys that cannot pay after which the model counts as too expensive for the pool. */
  static final int TOO_EXPENSIVE_KEYS = 3;

  /** Number of keys refused, possibly because of the model, after which the next model is used. */
  static final int FORBIDDEN_KEYS = 2;

  private final RunFence run;
  private final Plan plan;
  private final int ordinal;
  private final String name;
  private final int operations;
  private final Instant deadline;

  private final Set<UUID> used = new HashSet<>();
  private final Set<UUID> leftByChoice = new HashSet<>();
  private final Set<UUID> checkedAfterRefusal = new HashSet<>();
  private final Set<UUID> checkedForModel = new HashSet<>();
  private final Set<UUID> limited = new HashSet<>();
  private final Set<UUID> cannotPay = new HashSet<>();
  private final Set<UUID> forbidden = new HashSet<>();
  private final Set<UUID> ofRefusedAccounts = new HashSet<>();
  private int calls;
  private Instant lastCall = Instant.MIN;
  private CallResult.@Nullable Failed lastFailure;
  private @Nullable String refused;
  private @Nullable Seat held;
  private @Nullable Seat left;

  /**
   * @param calls number of calls made for the operation in the last hour
   */
  CallContext(
      RunFence run,
      Plan plan,
      int ordinal,
      String name,
      int operations,
      Instant deadline,
      int calls) {
    this.run = run;
    this.plan = plan;
    this.ordinal = ordinal;
    this.name = name;
    this.operations = operations;
    this.deadline = deadline;
    this.calls = calls;
  }

  RunFence run() {
    return run;
  }

  Plan plan() {
    return plan;
  }

  int ordinal() {
    return ordinal;
  }

  String name() {
    return name;
  }

  /** Number of the run's operations that the log counts, 7 for an article. */
  int operations() {
    return operations;
  }

  public Instant deadline() {
    return deadline;
  }

  boolean holdsKey() {
    return held != null;
  }

  /** The held key, otherwise the key of the seat; empty if a replacement must be assigned. */
  Optional<Seat> nextSeat() {
    if (held != null) {
      return Optional.of(held);
    }
    var own = plan.seatOf(ordinal);
    return left == null && !used.contains(own.keyId()) ? Optional.of(own) : Optional.empty();
  }

  /** The key that a replacement replaces. */
  Seat replacedSeat() {
    return left == null ? plan.seatOf(ordinal) : left;
  }

  /** Keys that must not be assigned to this operation now. */
  Set<UUID> used() {
    return Set.copyOf(used);
  }

  void holdKey(Seat seat) {
    held = seat;
  }

  /**
   * Drops and excludes the held key; {@link #beginCall} or {@link #clearLimited} may readmit it.
   */
  void excludeHeldKey() {
    if (held != null) {
      used.add(held.keyId());
      left = held;
      held = null;
    }
  }

  /** Gives up the held key without a refusal, to use another key if there is one. */
  void giveUpKey() {
    if (held != null) {
      leftByChoice.add(held.keyId());
      left = held;
      held = null;
    }
  }

  /** Keys given up without a refusal; used again if there is no other key. */
  Set<UUID> leftByChoice() {
    return Set.copyOf(leftByChoice);
  }

  /** Counts a call whose attempt was stored. */
  void countCall(Instant now) {
    calls++;
    lastCall = now;
  }

  int calls() {
    return calls;
  }

  Instant lastCall() {
    return lastCall;
  }

  /** Begins a call. Keys that could not serve the previous call may be used again. */
  void beginCall() {
    used.removeAll(cannotPay);
    used.removeAll(forbidden);
    used.removeAll(ofRefusedAccounts);
    cannotPay.clear();
    forbidden.clear();
    ofRefusedAccounts.clear();
    lastFailure = null;
    refused = null;
  }

  void addLimited(UUID key) {
    limited.add(key);
  }

  /** Readmits keys that reached a limit: the provider is limited, not these keys. */
  void clearLimited() {
    used.removeAll(limited);
    limited.clear();
  }

  /**
   * Records that the key cannot pay for this call; it may be able to pay for another model. Returns
   * true if {@link #TOO_EXPENSIVE_KEYS} keys cannot pay, so that the model counts as too expensive.
   */
  boolean addCannotPay(UUID key, CallResult.Failed result) {
    cannotPay.add(key);
    lastFailure = result;
    return cannotPay.size() >= TOO_EXPENSIVE_KEYS;
  }

  /**
   * Records a refusal that the model may have caused; true if {@link #FORBIDDEN_KEYS} keys were
   * refused.
   */
  boolean addForbidden(UUID key, CallResult.Failed result) {
    forbidden.add(key);
    lastFailure = result;
    return forbidden.size() >= FORBIDDEN_KEYS;
  }

  /** Records a refusal that the account may have caused; true if two accounts were refused. */
  boolean addRefusedAccount(UUID key, CallResult.Failed result) {
    ofRefusedAccounts.add(key);
    lastFailure = result;
    return ofRefusedAccounts.size() > 1;
  }

  /** Keys whose accounts must not be used for this call. */
  Set<UUID> ofRefusedAccounts() {
    return Set.copyOf(ofRefusedAccounts);
  }

  /** The result if no other key is left: the last failure of a key that could not serve. */
  Optional<CallResult> lastFailure() {
    return Optional.ofNullable(lastFailure);
  }

  /** Records the refusal of a key that may be good; {@code why} is the reason for a wait. */
  void recordRefusal(String why) {
    refused = why;
  }

  /** Why to wait if no other key is left; empty unless a key that may be good was refused. */
  Optional<String> refusalReason() {
    return Optional.ofNullable(refused);
  }

  /** Restores the held and the excluded keys from the attempts of an earlier worker, in order. */
  void resume(List<AttemptRepository.Earlier> earlier) {
    for (var attempt : earlier) {
      var seat = new Seat(attempt.keyId(), attempt.keyName(), attempt.seq());
      boolean refused = OutcomeText.keyRefused(attempt.outcome());
      held = refused ? null : seat;
      left = refused ? seat : left;
      used.remove(seat.keyId());
      leftByChoice.remove(seat.keyId());
      (OutcomeText.refusesOperation(attempt.outcome()) ? used : leftByChoice).add(seat.keyId());
    }
    if (held != null) {
      leftByChoice.remove(held.keyId());
    }
  }

  /**
   * Records a refusal; true if it is the key's first of this kind, so that the key is checked. If
   * the model cannot be the cause, a key that passes the check is tried once more.
   */
  boolean addRefusal(UUID key, boolean modelSuspected) {
    return (modelSuspected ? checkedForModel : checkedAfterRefusal).add(key);
  }
}
