package dev.keywheel.rotation;

import dev.keywheel.run.Plan;
import dev.keywheel.run.RunFence;
import dev.keywheel.run.Seat;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The calls of one operation by one worker: the key it holds and the keys it must not get again.
 * Used by one thread. {@link CallExecutor#open} restores it from the attempts of an earlier worker.
 */
public final class CallContext {
  /**
   * Calls of one operation within an hour, refusals of keys included. Far above the calls of any
   * operation, also during an outage: a bound against endless loops.
   */
  static final int MOST_CALLS = 100;

  static final Duration COUNTED_FOR = Duration.ofHours(1);

  /** After this many keys that cannot pay, the model is too expensive for the pool. */
  static final int TOO_EXPENSIVE = 3;

  /** After this many keys refused for a reason that may be the model's, the next model is used. */
  static final int FORBIDDEN = 2;

  private final RunFence run;
  private final Plan plan;
  private final int ordinal;
  private final String name;
  private final int operations;
  private final Instant deadline;

  private final Set<UUID> used = new HashSet<>();
  private final Set<UUID> leftByChoice = new HashSet<>();
  private final Set<UUID> triedTwice = new HashSet<>();
  private final Set<UUID> checkedForModel = new HashSet<>();
  private final Set<UUID> limited = new HashSet<>();
  private final Set<UUID> cannotPay = new HashSet<>();
  private final Set<UUID> forbidden = new HashSet<>();
  private int calls;
  private Instant lastCall = Instant.MIN;
  private CallResult.@Nullable Failed otherwise;
  private @Nullable String refused;
  private @Nullable Seat held;
  private @Nullable Seat left;

  /**
   * @param calls made for the operation in the hour before
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

  /** Number of operations that the log shows, 7 for an article. */
  int operations() {
    return operations;
  }

  public Instant deadline() {
    return deadline;
  }

  boolean holds() {
    return held != null;
  }

  /**
   * The key of the next attempt: the held one, else the seat's; empty when one must be assigned.
   */
  Optional<Seat> next() {
    if (held != null) {
      return Optional.of(held);
    }
    var own = plan.seatOf(ordinal);
    return left == null && !used.contains(own.keyId()) ? Optional.of(own) : Optional.empty();
  }

  /** The key before a replacement. */
  Seat before() {
    return left == null ? plan.seatOf(ordinal) : left;
  }

  /** Keys that this operation must not get again. */
  Set<UUID> used() {
    return Set.copyOf(used);
  }

  void hold(Seat seat) {
    held = seat;
  }

  /** Releases the held key; this operation does not use it again. */
  void leave() {
    if (held != null) {
      used.add(held.keyId());
      left = held;
      held = null;
    }
  }

  /** Gives up the held key for another one, if there is another. */
  void leaveByChoice() {
    if (held != null) {
      leftByChoice.add(held.keyId());
      left = held;
      held = null;
    }
  }

  /** Keys left without a refusal: used again when there is no other. */
  Set<UUID> leftByChoice() {
    return Set.copyOf(leftByChoice);
  }

  /** Counts a stored call. */
  void called(Instant now) {
    calls++;
    lastCall = now;
  }

  int calls() {
    return calls;
  }

  Instant lastCall() {
    return lastCall;
  }

  /** Begins a call: keys that could not serve the previous one may be used again. */
  void newCall() {
    used.removeAll(cannotPay);
    used.removeAll(forbidden);
    cannotPay.clear();
    forbidden.clear();
    otherwise = null;
    refused = null;
  }

  void limited(UUID key) {
    limited.add(key);
  }

  /** The limit is the provider's: keys that met it may be used again. */
  void clearLimited() {
    used.removeAll(limited);
    limited.clear();
  }

  /**
   * Records that the key cannot pay this call, although it might pay one with another model.
   * Returns true when so many keys cannot pay that the model counts as too expensive.
   */
  boolean cannotPay(UUID key, CallResult.Failed result) {
    cannotPay.add(key);
    otherwise = result;
    return cannotPay.size() >= TOO_EXPENSIVE;
  }

  /** As {@link #cannotPay}, for a key that is refused for a reason that may be the model's. */
  boolean forbidden(UUID key, CallResult.Failed result) {
    forbidden.add(key);
    otherwise = result;
    return forbidden.size() >= FORBIDDEN;
  }

  /** The result when no other key is left: those tried could not serve the call. */
  Optional<CallResult> otherwise() {
    return Optional.ofNullable(otherwise);
  }

  /** Records that a key was refused that may be good; {@code why} is the reason for a wait. */
  void refused(String why) {
    refused = why;
  }

  /** Why the operation waits when no other key is left: those tried were refused. */
  Optional<String> refused() {
    return Optional.ofNullable(refused);
  }

  void addUsedKeys(Set<UUID> keys) {
    used.addAll(keys);
  }

  /**
   * True once for each key and kind of refusal: the refused key is checked. After a refusal that
   * cannot be the model's, a key that passes is tried once more.
   */
  boolean firstRefusal(UUID key, boolean perhapsModel) {
    return (perhapsModel ? checkedForModel : triedTwice).add(key);
  }
}
