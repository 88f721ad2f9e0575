package dev.keywheel.article.operation.text;

import dev.keywheel.article.operation.conversation.Operation;
import dev.keywheel.article.operation.conversation.Prompt;
import dev.keywheel.article.operation.conversation.PromptText;
import dev.keywheel.article.plan.ArticleRequest;
import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.plan.PagePlan.Question;
import dev.keywheel.article.plan.Texts;
import dev.keywheel.article.reply.Blocks;
import dev.keywheel.article.text.MarkdownToHtml;
import dev.keywheel.article.text.Sentences;
import dev.keywheel.article.text.TextSimilarity;
import dev.keywheel.article.text.TextSimilarity.Shingles;
import dev.keywheel.article.text.Tokenizer;
import dev.keywheel.article.text.WritingSystem;
import dev.keywheel.db.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Operation 7: the answers to the planned questions, as JSON; each answer is a block. */
public final class FaqOperation extends BlockOperation {
  private static final int MAX_TOKENS = 2_500;
  private static final int MIN_WORDS = 20;
  private static final int MAX_WORDS = 160;

  private final PagePlan plan;
  private final List<PriorBlock> earlier;
  private final String instruction;

  /** Ids of the answers whose length is not checked. */
  private final Set<String> anyLength;

  /**
   * @param earlier sections that an answer must not repeat
   * @param instruction the editor's instruction, which switches off the length limits; may be empty
   */
  public FaqOperation(
      ArticleRequest request, PagePlan plan, List<Texts> earlier, String instruction) {
    this(
        request,
        plan,
        PriorBlock.all(earlier.stream()),
        instruction,
        instruction.isEmpty()
            ? Set.of()
            : plan.faq().stream().map(Question::id).collect(Collectors.toSet()));
  }

  private FaqOperation(
      ArticleRequest request,
      PagePlan plan,
      List<PriorBlock> earlier,
      String instruction,
      Set<String> anyLength) {
    super(request);
    this.plan = plan;
    this.earlier = earlier;
    this.instruction = instruction;
    this.anyLength = anyLength;
  }

  public FaqOperation withoutLengthRules(Set<String> answers) {
    return new FaqOperation(request, plan, earlier, instruction, answers);
  }

  @Override
  public Operation step() {
    return Operation.FAQ;
  }

  @Override
  public Prompt prompt() {
    var schema = PromptText.schema("faq");
    return PromptText.of("faq")
        .prompt(
            step(),
            request,
            Map.of(
                "schema", schema,
                "title",
                    PromptText.data(
                        plan.title()
                            + (instruction.isEmpty()
                                ? ""
                                : ". Editor's instruction: " + instruction)),
                "tool", PromptText.data(plan.tool().name()),
                "headings",
                    plan.headings()
                        .map(h -> "- <<<" + PromptText.data(h.text()) + ">>>")
                        .collect(Collectors.joining("\n")),
                "questions",
                    plan.faq().stream()
                        .map(q -> q.id() + ": <<<" + PromptText.data(q.text()) + ">>>")
                        .collect(Collectors.joining("\n"))),
            WritingSystem.of(request.language()).tokens(MAX_TOKENS),
            0.4,
            Optional.of(schema));
  }

  @Override
  Map<String, String> titles() {
    var titles = new LinkedHashMap<String, String>();
    plan.faq().forEach(q -> titles.put(q.id(), q.text()));
    return titles;
  }

  @Override
  Blocks blocks(String visible) {
    return new FaqReply(plan.faq()).blocks(visible);
  }

  @Override
  String named(List<String> ids) {
    return String.join(", ", ids) + " in {\"items\":[{\"id\":\"\",\"answer\":\"\"}]}";
  }

  @Override
  String nothingFound() {
    return "It answers none of the questions.";
  }

  @Override
  String written(Map<String, String> blocks) {
    var items =
        blocks.entrySet().stream()
            .map(b -> Map.of("id", b.getKey(), "answer", b.getValue()))
            .toList();
    return Json.text(Map.of("items", items));
  }

  @Override
  String whole() {
    return "The FAQ";
  }

  @Override
  String displayName(String id) {
    return "The answer to \"" + titles().getOrDefault(id, id) + "\"";
  }

  @Override
  String missing(String id) {
    return id.isEmpty()
        ? "No question is answered."
        : "There is no answer to \"" + titles().getOrDefault(id, id) + "\".";
  }

  @Override
  List<String> faults(String id, String text) {
    var faults = new ArrayList<>(ContentRules.faults(text, request));
    var plain = MarkdownToHtml.plain(text);
    int words = Tokenizer.count(plain);
    int most = WritingSystem.of(request.language()).maxWords(MAX_WORDS);
    if ((words < MIN_WORDS || words > most) && !anyLength.contains(id)) {
      faults.add(
          "has %s %s; %s to %s are allowed"
              .formatted(words, words == 1 ? "word" : "words", MIN_WORDS, most));
    }
    if (Tokenizer.similarity(plain, titles().getOrDefault(id, "")) > 0.8) {
      faults.add("only repeats the question");
    }
    if (!Sentences.finished(text)) {
      faults.add("ends in the middle of a sentence");
    }
    var answer = Shingles.of(plain);
    earlier.stream()
        .filter(s -> answer.containedIn(s.shingles()) > TextSimilarity.MAX_SHARED_BY_ANSWER)
        .findFirst()
        .ifPresent(s -> faults.add("repeats the text under \"" + heading(s.id()) + "\""));
    return faults;
  }

  private String heading(String id) {
    return plan.headings()
        .filter(h -> h.id().equals(id))
        .map(PagePlan.Heading::text)
        .findFirst()
        .orElse(id);
  }
}
