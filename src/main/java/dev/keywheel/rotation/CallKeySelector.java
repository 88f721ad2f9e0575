package dev.keywheel.rotation;

import dev.keywheel.assignment.Assignments;
import dev.keywheel.assignment.ReplacementSelector;
import dev.keywheel.db.Tx;
import dev.keywheel.key.pool.KeyModels;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.log.LogLine;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.run.Seat;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Selects the key of the next attempt of a call: the key that the operation holds, otherwise the
 * key of its seat, otherwise a replacement.
 */
final class CallKeySelector {
  private final KeyPool keys;
  private final Assignments assignments;
  private final ReplacementSelector replacements;
  private final InstantSource clock;

  CallKeySelector(KeyPool keys, Assignments assignments, InstantSource clock) {
    this.keys = keys;
    this.assignments = assignments;
    this.replacements = new ReplacementSelector(keys);
    this.clock = clock;
  }

  /**
   * @param source where the key comes from; unless it is {@code OWN}, the call has no permit of it
   */
  record Choice(Seat seat, ApiKey key, Source source) {}

  enum Source {
    /** The key that the operation holds, or the key of its seat. */
    OWN,
    /** A key that the operation gave up voluntarily. */
    GIVEN_UP,
    /** A replacement, assigned by the choice. */
    REPLACEMENT
  }

  /**
   * The key for the next attempt; empty if there is none.
   *
   * @param lines receives the log lines of the choice
   */
  Optional<Choice> choose(Tx tx, CallContext context, String model, List<LogLine> lines) {
    var run = context.run();
    var models = ModelClass.of(model);
    var excluded = assignments.excluded(tx, run);
    var now = clock.instant();
    var aside = KeyModels.findExcluded(tx, run.pool(), model, now);
    var refused = RefusedCalls.read(tx, run.runId(), now).keys(model);
    var seat = context.nextSeat();
    var key = seat.flatMap(s -> keys.find(tx, run.pool().workspaceId(), s.keyId()));
    boolean usable =
        key.isPresent() && key.get().usableFor(models) && !excluded.contains(key.get().id());
    boolean again = usable && refused.contains(key.get().id()) && !context.holdsKey();
    if (usable && !again && !aside.contains(key.get().id())) {
      return Optional.of(own(context, seat.get(), key.get(), lines));
    }
    var out = new HashSet<>(excluded);
    out.addAll(context.used());
    var preferred = new HashSet<>(out);
    preferred.addAll(context.leftByChoice());
    preferred.addAll(aside);
    preferred.addAll(refused);
    var accounts = context.ofRefusedAccounts();
    boolean otherAccount = !accounts.isEmpty();
    var found =
        replacements.select(
            tx,
            run.pool(),
            context.plan(),
            models,
            preferred,
            otherAccount ? accounts : refused,
            otherAccount);
    if (found.isEmpty() && usable) {
      return Optional.of(own(context, seat.get(), key.get(), lines));
    }
    if (found.isEmpty() && !otherAccount) {
      var kept = keyLeftByChoice(tx, context, models, out);
      if (kept.isPresent()) {
        return kept;
      }
      found = replacements.select(tx, run.pool(), context.plan(), models, out, Set.of(), false);
    }
    if (found.isEmpty()) {
      return Optional.empty();
    }
    var was = seat.orElse(context.replacedSeat());
    var unusable =
        seat.map(
            s ->
                again
                    ? "refused before in this run"
                    : usable ? "skipped for model " + model : unusable(key, models, excluded));
    lines.add(RotationLogMessages.replacement(context, found.get(), was.keyName(), unusable));
    lines.add(RotationLogMessages.rotating(context, found.get()));
    var other = keys.find(tx, run.pool().workspaceId(), found.get().keyId()).orElseThrow();
    return Optional.of(new Choice(found.get(), other, Source.REPLACEMENT));
  }

  private static Choice own(CallContext context, Seat seat, ApiKey key, List<LogLine> lines) {
    if (!context.holdsKey()) {
      lines.add(RotationLogMessages.rotating(context, seat));
    }
    return new Choice(seat, key, Source.OWN);
  }

  /**
   * The key that was given up voluntarily, used only if there is no other; empty if it is unusable.
   */
  private Optional<Choice> keyLeftByChoice(
      Tx tx, CallContext context, ModelClass models, Set<UUID> out) {
    var left = context.replacedSeat();
    return keys.find(tx, context.run().pool().workspaceId(), left.keyId())
        .filter(key -> context.leftByChoice().contains(key.id()))
        .filter(key -> key.usableFor(models) && !out.contains(key.id()))
        .map(key -> new Choice(left, key, Source.GIVEN_UP));
  }

  /** Why the key was replaced before its call. */
  private static String unusable(Optional<ApiKey> key, ModelClass models, Set<UUID> excluded) {
    if (key.isEmpty()) {
      return "deleted";
    }
    if (excluded.contains(key.get().id())) {
      return "left out of this run";
    }
    return key.get().status() == KeyStatus.ACTIVE
        ? "limited for " + models.name().toLowerCase(Locale.ROOT) + " models"
        : key.get().status().code();
  }
}
