package dev.keywheel.rotation;

import dev.keywheel.assignment.Plan;
import dev.keywheel.assignment.RunFence;
import dev.keywheel.assignment.Seat;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One go at an operation, from its first call to its last: which key it holds and which ones it may
 * not be given again. Used by one thread. Opened by {@link CallExecutor#open}, which reads from the
 * attempts what an earlier worker has already tried.
 */
public final class CallContext {
  /**
   * Calls of one operation within an hour, refusals of keys included. Far above what any operation
   * needs, and what a run makes that waits for a provider which is down; it ends whatever would go
   * on for ever.
   */
  static final int MOST_CALLS = 100;

  static final Duration COUNTED_FOR = Duration.ofHours(1);

  /** So many keys that cannot pay for a model: the model is too dear for this pool. */
  static final int TOO_DEAR = 3;

  private final RunFence run;
  private final Plan plan;
  private final int ordinal;
  private final String name;
  private final int operations;
  private final Instant deadline;

  private final Set<UUID> used = new HashSet<>();
  private final Set<UUID> leftByWish = new HashSet<>();
  private final Set<UUID> triedTwice = new HashSet<>();
  private final Set<UUID> limited = new HashSet<>();
  private final Set<UUID> cannotPay = new HashSet<>();
  private int calls;
  private Instant lastCall = Instant.MIN;
  private CallResult.@Nullable Failed tooDear;
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

  public RunFence run() {
    return run;
  }

  public Plan plan() {
    return plan;
  }

  public int ordinal() {
    return ordinal;
  }

  public String name() {
    return name;
  }

  /** How many operations the log counts, 7 for an article. */
  public int operations() {
    return operations;
  }

  public Instant deadline() {
    return deadline;
  }

  /** Whether a key is in hand. */
  boolean holds() {
    return held != null;
  }

  /**
   * The key whose turn it is: the one in hand, else the one of the seat; empty when a replacement
   * is due.
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

  /** Keys this operation has had and may not have again. */
  Set<UUID> used() {
    return Set.copyOf(used);
  }

  void hold(Seat seat) {
    held = seat;
  }

  /** Gives the key in hand up for the rest of this operation. */
  void leave() {
    if (held != null) {
      used.add(held.keyId());
      left = held;
      held = null;
    }
  }

  /** Gives the key in hand up for another one, if there is another. */
  void leaveByWish() {
    if (held != null) {
      leftByWish.add(held.keyId());
      left = held;
      held = null;
    }
  }

  /** Keys that were not refused: better than none when there is no other. */
  Set<UUID> leftByWish() {
    return Set.copyOf(leftByWish);
  }

  /** A call was written down; the moment counts for the pause before the next one. */
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

  /** Begins a call: keys that could not pay for the one before may be asked again. */
  void newCall() {
    used.removeAll(cannotPay);
    cannotPay.clear();
    tooDear = null;
  }

  /** The key is limited, as far as its answer tells. */
  void limited(UUID key) {
    limited.add(key);
  }

  /** The limit is not the keys' but their provider's: those that met it may be asked again. */
  void limitIsNotTheirs() {
    used.removeAll(limited);
    limited.clear();
  }

  /** The key cannot pay for the call; true when so many could not that asking others is vain. */
  boolean cannotPay(UUID key, CallResult.Failed result) {
    cannotPay.add(key);
    tooDear = result;
    return cannotPay.size() >= TOO_DEAR;
  }

  /** What to hand back when no other key is left: that the ones tried could not pay. */
  Optional<CallResult> tooDear() {
    return Optional.ofNullable(tooDear);
  }

  void hadBefore(Set<UUID> keys) {
    used.addAll(keys);
  }

  /** True once for a key: it was refused, the key check lets it pass, and it is tried once more. */
  boolean secondChance(UUID key) {
    return triedTwice.add(key);
  }
}
