package dev.keywheel.rotation;

import dev.keywheel.db.Tx;
import dev.keywheel.provider.CallOutcome.KeySuspect;
import dev.keywheel.run.AttemptRepository;
import dev.keywheel.run.AttemptRepository.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * The calls of a run that the provider refused although their keys may be good. Read from the
 * stored attempts, so that another worker that resumes the run gets the same result.
 */
record RefusedCalls(List<Verdict> verdicts) {
  /** Maximum age of the calls considered; older ones say nothing about the next call. */
  private static final Duration REMEMBERED = Duration.ofHours(1);

  private static final Duration SHORTEST_PAUSE = Duration.ofSeconds(30);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(10);

  private static final String CONSEQUENCE =
      " No key is marked, and calls are tried again automatically.";

  static RefusedCalls read(Tx tx, UUID runId, Instant now) {
    var outcomes = List.of(OutcomeText.ANSWER, OutcomeText.KEY_SUSPECT, OutcomeText.KEY_OR_MODEL);
    return new RefusedCalls(AttemptRepository.ended(tx, runId, outcomes, now.minus(REMEMBERED)));
  }

  /**
   * What a refused call indicates about the provider.
   *
   * @param why the reason for a wait, as sentences for users
   * @param modelSuspected whether the model may be the cause
   * @param sentAt when the call was sent
   */
  record Refusal(String why, boolean modelSuspected, Instant sentAt) {}

  /** What a refused call indicates if the key passes its check. */
  static Refusal passed(KeySuspect suspect) {
    return new Refusal(
        ("The provider refuses calls (%s) although the keys pass the key check.%s If this"
                + " continues, check the accounts at the provider: calls may be blocked there.")
            .formatted(OutcomeText.sentence(suspect), CONSEQUENCE),
        suspect.modelSuspected(),
        suspect.sentAt());
  }

  /** What a refused call indicates without a check result: the key may be bad, not the model. */
  static Refusal unchecked(KeySuspect suspect) {
    return new Refusal(
        "The provider refuses calls ("
            + OutcomeText.sentence(suspect)
            + "), and the key check could not tell whether the keys are valid."
            + CONSEQUENCE,
        false,
        suspect.sentAt());
  }

  /** Keys whose last call was refused. A refusal that may be due to another model is ignored. */
  Set<UUID> keys(String model) {
    Map<UUID, Verdict> last = new LinkedHashMap<>();
    verdicts.stream()
        .filter(
            verdict ->
                verdict.model().equals(model)
                    || !verdict.outcome().equals(OutcomeText.KEY_OR_MODEL))
        .forEach(verdict -> last.put(verdict.keyId(), verdict));
    return last.values().stream()
        .filter(RefusedCalls::refused)
        .map(Verdict::keyId)
        .collect(Collectors.toUnmodifiableSet());
  }

  private static boolean refused(Verdict verdict) {
    return !verdict.outcome().equals(OutcomeText.ANSWER);
  }

  /**
   * The wait: as long as calls have been refused, from {@link #SHORTEST_PAUSE} to {@link
   * #LONGEST_PAUSE}.
   */
  Duration pause(Instant now) {
    Instant since = now;
    for (Verdict verdict : verdicts.reversed()) {
      if (!refused(verdict)) {
        break;
      }
      since = verdict.sentAt();
    }
    Duration refused = Duration.between(since, now);
    return refused.compareTo(SHORTEST_PAUSE) < 0
        ? SHORTEST_PAUSE
        : refused.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : refused;
  }
}
