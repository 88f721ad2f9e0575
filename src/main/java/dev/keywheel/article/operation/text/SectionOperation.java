package dev.keywheel.article.operation.text;

import dev.keywheel.article.operation.conversation.Operation;
import dev.keywheel.article.operation.conversation.Prompt;
import dev.keywheel.article.operation.conversation.PromptText;
import dev.keywheel.article.plan.ArticleRequest;
import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.plan.PagePlan.Heading;
import dev.keywheel.article.plan.Texts;
import dev.keywheel.article.text.MarkdownToHtml;
import dev.keywheel.article.text.Sentences;
import dev.keywheel.article.text.TextCleaner;
import dev.keywheel.article.text.TextSimilarity;
import dev.keywheel.article.text.TextSimilarity.Shingles;
import dev.keywheel.article.text.Tokenizer;
import dev.keywheel.article.text.WritingSystem;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Operations 5 and 6: the two sections, heading by heading. The second must not repeat the first.
 */
public final class SectionOperation extends BlockOperation {
  /** Limits of a block's length, as shares of the planned number of words. */
  private static final double MIN_SHARE = 0.6;

  private static final double MAX_SHARE = 1.8;

  /** Maximum share of the words that may belong to the main keyword. */
  private static final double MAX_KEYWORD_SHARE = 0.03;

  private static final int DIGEST_WORDS = 250;

  private final PagePlan plan;
  private final int number;
  private final List<Heading> headings;
  private final List<PriorBlock> earlier;
  private final String instruction;

  /** Ids of the blocks whose length is not checked. */
  private final Set<String> anyLength;

  /**
   * @param number 1 or 2
   * @param other the texts of section 1 if this is section 2; may be empty
   */
  public SectionOperation(ArticleRequest request, PagePlan plan, int number, Texts other) {
    this(
        request,
        plan,
        number,
        plan.section(number).headings(),
        PriorBlock.all(Stream.of(other)),
        "",
        Set.of());
  }

  private SectionOperation(
      ArticleRequest request,
      PagePlan plan,
      int number,
      List<Heading> headings,
      List<PriorBlock> earlier,
      String instruction,
      Set<String> anyLength) {
    super(request);
    this.plan = plan;
    this.number = number;
    this.headings = headings;
    this.earlier = earlier;
    this.instruction = instruction;
    this.anyLength = anyLength;
  }

  /**
   * The same operation with an instruction of the editor, for one heading or, if {@code id} is
   * empty, for all headings. An instruction switches off the length limits.
   */
  public SectionOperation only(String id, String instruction) {
    var chosen =
        id.isEmpty() ? headings : headings.stream().filter(h -> h.id().equals(id)).toList();
    var ids = chosen.stream().map(Heading::id).collect(Collectors.toSet());
    return new SectionOperation(
        request,
        plan,
        number,
        chosen,
        earlier,
        instruction,
        instruction.isEmpty() ? anyLength : ids);
  }

  public SectionOperation withoutLengthRules(Set<String> blocks) {
    return new SectionOperation(request, plan, number, headings, earlier, instruction, blocks);
  }

  @Override
  public Operation step() {
    return number == 1 ? Operation.SECTION_1 : Operation.SECTION_2;
  }

  @Override
  public Prompt prompt() {
    return PromptText.of("section")
        .prompt(
            step(),
            request,
            Map.of(
                "extra", extra(),
                "title", PromptText.data(plan.title()),
                "section", PromptText.data(plan.section(number).title()),
                "keyword", PromptText.data(plan.primaryKeyword()),
                "blocks",
                    headings.stream()
                        .map(SectionOperation::block)
                        .collect(Collectors.joining("\n")),
                "others", others()),
            maxTokens(),
            0.7,
            Optional.empty());
  }

  private String extra() {
    var extra = new StringBuilder();
    if (number == 2) {
      extra.append("Open with one sentence that links to what came before.\n");
      if (!earlier.isEmpty()) {
        extra
            .append("Already said in section 1, not to be said again: <<<")
            .append(PromptText.data(digest(plan, earlier)))
            .append(">>>\n");
      }
    }
    if (!instruction.isEmpty()) {
      extra.append("Editor's instruction: <<<").append(PromptText.data(instruction)).append(">>>.");
      extra.append(" It takes precedence over the number of words for a block.\n");
    }
    return extra.toString();
  }

  private static String block(Heading h) {
    var points =
        h.points().stream().map(p -> "\n- " + PromptText.data(p)).collect(Collectors.joining());
    return "@@%s@@ <<<%s>>> about %s words%s"
        .formatted(h.id(), PromptText.data(h.text()), h.words(), points);
  }

  private String others() {
    var mine = headings.stream().map(Heading::id).toList();
    return plan.headings()
        .filter(h -> !mine.contains(h.id()))
        .map(h -> "- <<<" + PromptText.data(h.text()) + ">>>")
        .collect(Collectors.joining("\n"));
  }

  /** Limit of completion tokens by the length preset; higher for scripts other than Latin. */
  private int maxTokens() {
    return WritingSystem.of(request.language()).tokens(request.length().tokens());
  }

  @Override
  Map<String, String> titles() {
    var titles = new LinkedHashMap<String, String>();
    headings.forEach(h -> titles.put(h.id(), h.text()));
    return titles;
  }

  @Override
  String whole() {
    return "Section " + number;
  }

  @Override
  String displayName(String id) {
    return "\"" + titles().getOrDefault(id, id) + "\"";
  }

  @Override
  String missing(String id) {
    return id.isEmpty()
        ? whole() + " has no text."
        : "There is no text under " + displayName(id) + ".";
  }

  @Override
  List<String> faults(String id, String text) {
    var faults = new ArrayList<String>();
    var plain = MarkdownToHtml.plain(text);
    int target = targetWords(id);
    int words = Tokenizer.count(plain);
    if (words < target * MIN_SHARE && !anyLength.contains(id)) {
      faults.add("has " + counted(words) + "; about " + target + " are required");
    }
    if (!Sentences.finished(text)) {
      faults.add("ends in the middle of a sentence");
    }
    faults.addAll(ContentRules.faults(text, request));
    if (number == 2) {
      var block = Shingles.of(plain);
      earlier.stream()
          .filter(s -> block.containedIn(s.shingles()) > TextSimilarity.MAX_SHARED_BY_BLOCK)
          .findFirst()
          .ifPresent(
              s ->
                  faults.add(
                      "repeats section 1: " + quoted(TextSimilarity.shared(plain, s.plain(), 3))));
    }
    return faults;
  }

  private static String counted(int words) {
    return words + (words == 1 ? " word" : " words");
  }

  private int targetWords(String id) {
    return headings.stream()
        .filter(h -> h.id().equals(id))
        .mapToInt(Heading::words)
        .findFirst()
        .orElse(0);
  }

  private static String quoted(List<String> sentences) {
    return sentences.stream()
        .map(s -> "\"" + TextCleaner.cut(s, 160) + "\"")
        .collect(Collectors.joining(" "));
  }

  @Override
  List<String> warnings(Texts texts) {
    var warnings = new ArrayList<String>();
    for (var h : headings) {
      var text = texts.of(h.id());
      warnings.addAll(ContentRules.warnings(displayName(h.id()), text));
      int words = Tokenizer.count(MarkdownToHtml.plain(text));
      if (words > h.words() * MAX_SHARE
          || (anyLength.contains(h.id()) && words < h.words() * MIN_SHARE)) {
        warnings.add(
            "%s has %s; about %s were requested."
                .formatted(displayName(h.id()), counted(words), h.words()));
      }
    }
    var keyword = plan.primaryKeyword();
    var all = MarkdownToHtml.plain(texts.all());
    int uses = Tokenizer.occurrences(all, keyword);
    if (uses == 0 && !keyword.isBlank()) {
      warnings.add("The main keyword \"" + keyword + "\" is not in it.");
    } else if (uses * (double) Tokenizer.count(keyword)
        > Tokenizer.count(all) * MAX_KEYWORD_SHARE) {
      warnings.add("The main keyword \"" + keyword + "\" appears " + uses + " times.");
    }
    return warnings;
  }

  /** A digest of section 1 for the prompt of section 2: first sentences and frequent words. */
  static String digest(PagePlan plan, List<PriorBlock> section1) {
    var plains = section1.stream().collect(Collectors.toMap(PriorBlock::id, PriorBlock::plain));
    var lines = new ArrayList<String>();
    for (var h : plan.section1().headings()) {
      var plain = plains.getOrDefault(h.id(), "");
      if (!plain.isBlank()) {
        var first = Sentences.of(plain, Locale.ROOT).stream().findFirst().orElse("");
        lines.add(
            h.text() + ": " + first + " (" + String.join(", ", Tokenizer.frequent(plain, 8)) + ")");
      }
    }
    var tokens = String.join(" ", lines).split(" ");
    return String.join(" ", List.of(tokens).subList(0, Math.min(tokens.length, DIGEST_WORDS)));
  }
}
