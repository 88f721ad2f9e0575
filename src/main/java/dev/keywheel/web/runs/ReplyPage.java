package dev.keywheel.web.runs;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.keywheel.article.view.RunView;
import dev.keywheel.article.view.RunView.AttemptView;
import dev.keywheel.article.view.RunView.OperationView;
import dev.keywheel.db.Json;
import dev.keywheel.problem.NotFound;

/**
 * The stored reply to one call.
 *
 * @param text as received; empty if none is kept
 */
public record ReplyPage(RunView run, OperationView operation, AttemptView attempt, String text) {

  static ReplyPage of(RunView run, long attemptId, String text) {
    for (var operation : run.operations()) {
      for (var attempt : operation.attempts()) {
        if (attempt.id() == attemptId) {
          return new ReplyPage(run, operation, attempt, text);
        }
      }
    }
    throw new NotFound("There is no such attempt.");
  }

  /** JSON is indented; any other text is shown as received. */
  public String pretty() {
    try {
      var tree = Json.MAPPER.readValue(text, JsonNode.class);
      return tree == null || !tree.isContainerNode() ? text : tree.toPrettyString();
    } catch (JacksonException e) {
      return text;
    }
  }

  public String title() {
    return "Reply to attempt " + attempt.no() + " of " + operation.name();
  }

  public String note() {
    return attempt.model() + " with key " + attempt.keyName();
  }

  public String operationPath() {
    return RunRoutes.path(run.id()) + "#operation-" + operation.ordinal();
  }

  public String rawPath() {
    return AttemptLine.replyPath(RunRoutes.path(run.id()), attempt) + "?as=text";
  }
}
