package dev.keywheel.web.runs;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.keywheel.article.view.RunView;
import dev.keywheel.article.view.RunView.AttemptReply;
import dev.keywheel.article.view.RunView.AttemptView;
import dev.keywheel.article.view.RunView.OperationView;
import dev.keywheel.problem.NotFound;
import dev.keywheel.web.page.NumberFormats;

/** The stored reply to one call. */
public record ReplyPage(
    RunView run, OperationView operation, AttemptView attempt, AttemptReply reply) {
  /**
   * Maximum number of characters of JSON to indent: indentation can multiply the size of a hostile
   * text.
   */
  private static final int MAX_INDENTED = 500_000;

  private static final int MAX_DEPTH = 40;

  private static final JsonMapper SHALLOW =
      new JsonMapper(
          JsonFactory.builder()
              .streamReadConstraints(
                  StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
              .build());

  static ReplyPage of(RunView run, long attemptId, AttemptReply reply) {
    for (var operation : run.operations()) {
      for (var attempt : operation.attempts()) {
        if (attempt.id() == attemptId) {
          return new ReplyPage(run, operation, attempt, reply);
        }
      }
    }
    throw new NotFound("There is no such attempt.");
  }

  /** The reply as received; empty if it is not stored. */
  public String text() {
    return reply.text();
  }

  /** The reply with indented JSON; any other text, and large or deeply nested JSON, as received. */
  public String pretty() {
    var text = text();
    if (text.length() > MAX_INDENTED) {
      return text;
    }
    try {
      var tree = SHALLOW.readValue(text, JsonNode.class);
      return tree == null || !tree.isContainerNode() ? text : tree.toPrettyString();
    } catch (JacksonException e) {
      return text;
    }
  }

  public String title() {
    return "Reply to attempt " + attempt.no() + " of " + operation.name();
  }

  public String note() {
    return attempt.model()
        + " with key "
        + attempt.keyName()
        + (reply.reasoningTokens() == 0
            ? ""
            : ". Reasoning: " + NumberFormats.counted(reply.reasoningTokens(), "token", "tokens"));
  }

  public String operationPath() {
    return RunRoutes.path(run.id()) + "#operation-" + operation.ordinal();
  }

  public String rawPath() {
    return AttemptLine.replyPath(RunRoutes.path(run.id()), attempt) + "?as=text";
  }
}
