package dev.keywheel.article.run.engine;

import dev.keywheel.article.run.model.OperationState;
import dev.keywheel.article.run.model.PartName;
import dev.keywheel.log.LogLine;
import dev.keywheel.rotation.Attempt;
import dev.keywheel.rotation.CallResult;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How the work on one operation ended. */
sealed interface OperationResult {

  /**
   * For good.
   *
   * @param state succeeded, degraded, failed or skipped
   * @param code machine word of what is missing; {@link #GAP} when the page lacks something; null
   *     when nothing does
   * @param text the same as a sentence
   * @param attempt the call that the result mainly came from
   * @param lines for the log, before the line of the end itself
   */
  record Finished(
      OperationState state,
      List<NewBody> parts,
      List<String> warnings,
      @Nullable String code,
      @Nullable String text,
      @Nullable String inputsHash,
      @Nullable Attempt attempt,
      List<LogLine> lines)
      implements OperationResult {}

  /** Not for good: no key, cancelled, interrupted, or another worker has the run. */
  record Stopped(CallResult result) implements OperationResult {}

  /** Code of a result that leaves a gap in the page. */
  String GAP = OperationState.GAP;

  /** A part that the operation gives. */
  record NewBody(PartName name, Object body, byte @Nullable [] image, Object checks) {}

  static Finished skipped(String code, String why) {
    return new Finished(
        OperationState.SKIPPED, List.of(), List.of(), code, why, null, null, List.of());
  }

  static Finished failed(String code, String why) {
    return new Finished(
        OperationState.FAILED, List.of(), List.of(), code, why, null, null, List.of());
  }
}
