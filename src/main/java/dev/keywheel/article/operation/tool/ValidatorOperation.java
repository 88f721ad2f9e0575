package dev.keywheel.article.operation.tool;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keywheel.article.operation.conversation.Operation;
import dev.keywheel.article.operation.conversation.ParsedReply;
import dev.keywheel.article.operation.conversation.Prompt;
import dev.keywheel.article.operation.conversation.PromptText;
import dev.keywheel.article.operation.conversation.TextOperation;
import dev.keywheel.article.plan.ArticleRequest;
import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.plan.ToolBrief.ToolTest;
import dev.keywheel.article.plan.ToolBriefReader;
import dev.keywheel.article.reply.CodeFence;
import dev.keywheel.article.reply.JsonFields;
import dev.keywheel.article.reply.JsonReply;
import dev.keywheel.article.reply.ReplyCleaner;
import dev.keywheel.article.tool.Finding;
import dev.keywheel.article.tool.Review;
import dev.keywheel.article.tool.Review.Issue;
import dev.keywheel.article.tool.Review.Verdict;
import dev.keywheel.article.tool.ToolDocument;
import dev.keywheel.article.tool.judge.ToolAssessment;
import dev.keywheel.db.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Operation 3: another model reviews the tool and may correct it. {@link
 * dev.keywheel.article.tool.judge.ToolAssessment}, not the model, decides whether it is accepted.
 */
public final class ValidatorOperation implements TextOperation<Review> {
  private static final int MAX_TOKENS = 9_000;
  private static final String NO_DOCUMENT =
      "The verdict is \"fixed\", but the ```html fence with the complete document is missing or"
          + " not finished.";

  private final ArticleRequest articleRequest;
  private final PagePlan plan;
  private final ToolAssessment tool;

  public ValidatorOperation(ArticleRequest articleRequest, PagePlan plan, ToolAssessment tool) {
    this.articleRequest = articleRequest;
    this.plan = plan;
    this.tool = tool;
  }

  @Override
  public Operation step() {
    return Operation.VALIDATOR;
  }

  @Override
  public Prompt prompt() {
    var found =
        Stream.concat(
                tool.all().stream().map(f -> f.line("- ")),
                tool.disputes().stream().map("- "::concat))
            .limit(30)
            .collect(Collectors.joining("\n"));
    return PromptText.of("validator")
        .prompt(
            step(),
            articleRequest,
            Map.of(
                "brief",
                PromptText.data(Json.text(plan.tool())),
                "findings",
                PromptText.data(found.isEmpty() ? "none" : found),
                "html",
                tool.tool().html()),
            MAX_TOKENS,
            0,
            Optional.empty());
  }

  @Override
  public ParsedReply<Review> read(String reply, boolean cut) {
    return read(reply, cut, List.of(), tool.acceptable());
  }

  /**
   * @param known the test cases of an earlier reply, which are used if this reply has none
   * @param needsChecks whether missing test cases are an error; false for a tool with errors, so
   *     that the only correction request can be about these errors
   */
  private ParsedReply<Review> read(
      String reply, boolean cut, List<ToolTest> known, boolean needsChecks) {
    var visible = ReplyCleaner.visible(reply);
    var json =
        JsonReply.read(
            CodeFence.first(visible, "json").map(CodeFence::body).orElse(visible), "verdict");
    if (json.object().isEmpty()) {
      return ParsedReply.useless(
          visible, cut, json.repairs(), "It contains no ```json fence with a verdict.");
    }
    var node = json.object().get();
    var verdict = verdict(node);
    if (verdict.isEmpty()) {
      return ParsedReply.useless(
          visible, cut, json.repairs(), "\"verdict\" must be pass, fixed or reject.");
    }
    var repairs = new ArrayList<>(json.repairs());
    var html = ToolOperation.html(visible, repairs);
    if (cut && !json.complete() && html.isEmpty()) {
      // Issues and checks after the cut are missing, so the verdict cannot be trusted.
      return ParsedReply.useless(
          visible, true, repairs, "It was cut before the end of the ```json fence.");
    }
    var errors = new ArrayList<String>();
    var warnings = new ArrayList<String>();
    var decision = verdict.get();
    boolean stump = html.isPresent() && !ToolDocument.isComplete(html.get());
    if (decision == Verdict.FIXED && (html.isEmpty() || stump)) {
      errors.add(NO_DOCUMENT);
    }
    var given = ToolBriefReader.tests(node, "checks", 6);
    var checks = given.isEmpty() ? known : given;
    if (checks.isEmpty() && !plan.tool().tests().isEmpty()) {
      (needsChecks ? errors : warnings)
          .add(
              "\"checks\" needs at least two cases with the inputs and outputs that you worked out from"
                  + " the brief alone.");
    }
    if (decision != Verdict.FIXED && html.isPresent()) {
      warnings.add(
          "A document was sent although the verdict is \"%s\"; it is not used."
              .formatted(decision.name().toLowerCase(Locale.ROOT)));
    }
    var corrected = decision == Verdict.FIXED && !stump ? html : Optional.<String>empty();
    var review = new Review(decision, issues(node), checks, corrected.orElse(null));
    boolean unfinished = cut && stump && decision == Verdict.FIXED;
    return new ParsedReply<>(review, errors, warnings, repairs, unfinished, visible);
  }

  private static Optional<Verdict> verdict(JsonNode node) {
    return switch (JsonFields.line(node, "verdict")
        .toLowerCase(Locale.ROOT)
        .replaceAll("[^a-z].*$", "")) {
      case "pass", "passed", "ok", "accept", "accepted" -> Optional.of(Verdict.PASS);
      case "fixed", "fix" -> Optional.of(Verdict.FIXED);
      case "reject", "rejected", "fail", "failed" -> Optional.of(Verdict.REJECT);
      default -> Optional.empty();
    };
  }

  private static List<Issue> issues(JsonNode node) {
    return JsonFields.objects(
        node,
        "issues",
        12,
        i -> {
          var problem = JsonFields.line(i, "problem", 300);
          var severity = JsonFields.line(i, "severity").equals("error") ? "error" : "warning";
          return problem.isEmpty()
              ? Optional.empty()
              : Optional.of(
                  new Issue(
                      severity,
                      JsonFields.line(i, "where", 100),
                      problem,
                      JsonFields.line(i, "fix", 300)));
        });
  }

  @Override
  public String rest(ParsedReply<Review> parsedReply) {
    return parsedReply.value() == null
        ? "Your reply was cut before its end. Send the complete output again, with shorter texts: the"
            + " ```json fence, and the ```html fence if the verdict is \"fixed\"."
        : "Your reply was cut. Send only the ```html fence with the complete corrected document.";
  }

  @Override
  public ParsedReply<Review> with(
      ParsedReply<Review> parsedReply, String reply, boolean cut, Ask ask) {
    var before = parsedReply.value();
    if (ask == Ask.CORRECTION || before == null) {
      boolean needsChecks = ask != Ask.CORRECTION && tool.acceptable();
      return read(reply, cut, before == null ? List.of() : before.checks(), needsChecks);
    }
    var repairs = new ArrayList<>(parsedReply.repairs());
    var html =
        ToolOperation.html(ReplyCleaner.visible(reply), repairs).filter(ToolDocument::isComplete);
    var errors = new ArrayList<>(parsedReply.errors());
    if (html.isPresent()) {
      errors.remove(NO_DOCUMENT);
    }
    return new ParsedReply<>(
        new Review(before.verdict(), before.issues(), before.checks(), html.orElse(null)),
        errors,
        parsedReply.warnings(),
        repairs,
        cut && html.isEmpty(),
        parsedReply.text());
  }

  /** The correction request for a selected version that still has errors. */
  public String stillWrong(ToolAssessment selected) {
    return TextOperation.unusable(Finding.errors(selected.all(), 12))
        + "Send the complete corrected output only: the ```json fence and the ```html fence.";
  }

  @Override
  public Remainder remainder(Review review, List<String> errors) {
    // The verdict and the test cases are usable without the corrected document.
    return Remainder.COMPLETE;
  }
}
