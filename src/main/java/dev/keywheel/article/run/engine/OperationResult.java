package dev.keywheel.article.run.engine;

import dev.keywheel.article.operation.conversation.OperationError;
import dev.keywheel.article.run.model.PartBodies.ToolBody;
import dev.keywheel.article.run.model.PartName;
import dev.keywheel.article.run.model.PartSet;
import dev.keywheel.log.LogLine;
import dev.keywheel.rotation.Halt;
import dev.keywheel.run.Attempt;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How the work on one operation ended. */
sealed interface OperationResult {

  /** The run stops before the operation is done. */
  record Halted(Halt halt) implements OperationResult {}

  /** The operation is done; the pipeline stores its result. */
  sealed interface Finished extends OperationResult {

    default Output output() {
      return switch (this) {
        case Succeeded(var output) -> output;
        case Degraded(var output, var _, var _) -> output;
        case Failed(var output, var _, var _) -> output;
        case Skipped _ -> Output.NONE;
        case Kept _ -> Output.KEPT;
      };
    }
  }

  record Succeeded(Output output) implements Finished {}

  /** Usable, but with a flaw. {@code detail}: sentences that follow the error's own text. */
  record Degraded(Output output, OperationError error, String detail) implements Finished {}

  /** {@code output}: parts that are kept for the editor but not published. */
  record Failed(Output output, OperationError error, String detail) implements Finished {
    Failed(OperationError error, String detail) {
      this(Output.NONE, error, detail);
    }
  }

  record Skipped(OperationError error, String detail) implements Finished {}

  /** The version that a user locked was kept; no model was called. */
  record Kept() implements Finished {}

  /**
   * The output of an operation.
   *
   * @param inputs the parts of the article from which it was made
   * @param attempt the call whose reply is the main source of the parts; null without a model
   * @param lines log lines that come before the line about the result
   */
  record Output(
      PartSet inputs,
      List<NewBody> parts,
      List<String> warnings,
      @Nullable Attempt attempt,
      List<LogLine> lines) {
    static final Output NONE = withoutParts(List.of());
    static final Output KEPT = withoutParts(List.of("A user's version is locked and was kept."));

    private static Output withoutParts(List<String> warnings) {
      return new Output(new PartSet(Map.of()), List.of(), warnings, null, List.of());
    }

    /** The tool that this output contains or, if none, the one from which it was made. */
    Optional<ToolBody> tool() {
      return parts.stream()
          .map(NewBody::body)
          .filter(ToolBody.class::isInstance)
          .map(ToolBody.class::cast)
          .findFirst()
          .or(inputs::tool);
    }
  }

  /**
   * A new version of a part, not yet stored.
   *
   * @param image the picture as PNG; null for other parts
   * @param checks what the checks of the reply found, stored as JSON
   */
  record NewBody(PartName name, Object body, byte @Nullable [] image, Object checks) {
    NewBody(PartName name, Object body) {
      this(name, body, null, Map.of());
    }
  }
}
