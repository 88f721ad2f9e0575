package dev.keywheel.web.articles;

import dev.keywheel.assignment.AssignmentDecision;
import dev.keywheel.assignment.AssignmentRule;
import dev.keywheel.assignment.AssignmentSettings;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.PoolCounts;
import dev.keywheel.key.state.PoolPause;
import dev.keywheel.web.page.NumberFormats;
import dev.keywheel.web.page.Severity;
import dev.keywheel.web.page.TimeText;
import dev.keywheel.web.page.Url;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The keys that a run would get from a pool if it started now.
 *
 * @param provider name of the provider, as the form sends it
 * @param unavailable keys that cannot be used now, and when they are checked again; at most {@link
 *     #SHOWN}
 * @param more number of such keys that are not in {@code unavailable}
 * @param disabled number of disabled keys, which the user could enable; 0 if the active keys reach
 *     the minimum
 * @param empty whether the pool has no keys
 * @param topics suggestions for a first article; empty for most providers
 */
public record PoolNote(
    String provider,
    String label,
    Severity tone,
    String sentence,
    List<String> unavailable,
    int more,
    int disabled,
    boolean empty,
    List<String> topics) {
  static final int SHOWN = 5;

  static PoolNote of(
      String provider,
      String label,
      PoolCounts counts,
      AssignmentSettings rule,
      Optional<PoolPause> pause,
      List<ApiKey> unusable,
      List<String> topics,
      Instant now) {
    var unavailable = unusable.stream().map(key -> unavailable(key, now)).toList();
    boolean few = counts.active() < rule.minimum();
    int all = unavailable.isEmpty() ? 0 : counts.rateLimited() + counts.failed();
    return new PoolNote(
        provider,
        label,
        pause.isPresent() && !few ? Severity.WARN : tone(counts, rule),
        pause
            .map(it -> paused(it, now) + (few ? " " + few(counts, rule) : ""))
            .orElseGet(() -> sentence(counts, rule)),
        unavailable,
        Math.max(0, all - unavailable.size()),
        few ? counts.disabled() : 0,
        counts.all() == 0,
        topics);
  }

  /** The note of a pool with keys while the vault is sealed. */
  static PoolNote sealed(String provider, String label) {
    return new PoolNote(
        provider,
        label,
        Severity.BAD,
        "No key can be decrypted. Runs can be started again when the vault is unsealed.",
        List.of(),
        0,
        0,
        false,
        List.of());
  }

  /** Address of the form with this topic filled in. */
  public String hrefOf(String topic) {
    return Url.of("/articles/new").with("provider", provider).with("topic", topic).toString();
  }

  /** {@code Show 3 disabled keys}. */
  public String disabledText() {
    return "Show " + NumberFormats.counted(disabled, "disabled key");
  }

  private static Severity tone(PoolCounts counts, AssignmentSettings rule) {
    return switch (AssignmentRule.decide(counts.active(), rule, false)) {
      case AssignmentDecision.Perfect _ -> Severity.OK;
      case AssignmentDecision.Sufficient _ -> Severity.INFO;
      case AssignmentDecision.RecoveryNeeded needed ->
          needed.active() == 0 ? Severity.BAD : Severity.WARN;
      case AssignmentDecision.AfterRecovery _, AssignmentDecision.None _ -> Severity.WARN;
    };
  }

  private static String sentence(PoolCounts counts, AssignmentSettings rule) {
    return switch (AssignmentRule.decide(counts.active(), rule, false)) {
      case AssignmentDecision.Perfect perfect ->
          "%s. Operations use %s different keys in turn."
              .formatted(keys(counts.active()), perfect.seats());
      case AssignmentDecision.Sufficient _ ->
          keys(counts.active()) + ", used in turn. No keys are tested first.";
      case AssignmentDecision.RecoveryNeeded _,
          AssignmentDecision.AfterRecovery _,
          AssignmentDecision.None _ ->
          few(counts, rule);
    };
  }

  private static String few(PoolCounts counts, AssignmentSettings rule) {
    if (counts.all() == 0) {
      return "No keys in this pool. A run would wait until you add one.";
    }
    if (counts.notDisabled() == 0) {
      return "All keys in this pool are disabled. A run would wait until you enable one.";
    }
    int testable = counts.rateLimited() + counts.failed();
    var start =
        counts.active() == 0
            ? "No key is active"
            : "Only " + keys(counts.active()) + ", fewer than " + rule.minimum();
    if (testable == 0) {
      return start
          + (counts.active() == 1
              ? ". It is used for every operation."
              : ". They are used in turn.");
    }
    return start
        + ". "
        + (testable == 1
            ? "The one limited or failed key is"
            : "The " + testable + " limited or failed keys are")
        + " tested first"
        + (counts.active() == 0 ? "; if none works, the run waits for one." : ", all at once.");
  }

  private static String paused(PoolPause pause, Instant now) {
    return "Paused until "
        + TimeText.clockWithZone(pause.until())
        + " ("
        + TimeText.relative(pause.until(), now)
        + "). "
        + pause.sentence();
  }

  private static String unavailable(ApiKey key, Instant now) {
    var until = key.until();
    return key.name()
        + ": "
        + key.status().label().toLowerCase(java.util.Locale.ROOT)
        + (until == null || !until.isAfter(now)
            ? ""
            : ", next check %s (%s)"
                .formatted(TimeText.relative(until, now), TimeText.clockWithZone(until)));
  }

  private static String keys(int count) {
    return NumberFormats.counted(count, "active key");
  }
}
