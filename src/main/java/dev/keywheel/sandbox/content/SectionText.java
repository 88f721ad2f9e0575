package dev.keywheel.sandbox.content;

import dev.keywheel.sandbox.base.ChatCall;
import dev.keywheel.sandbox.base.Resources;
import dev.keywheel.sandbox.content.PromptParser.Block;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** The blocks of a section: the content bank's paragraphs for each heading. */
final class SectionText {

  /** A heading must be more similar than this to a heading of the bank to get its text. */
  private static final double MIN_SIMILARITY = 0.5;

  /** Share of the sentences that a shortened paragraph keeps. */
  private static final double SHORTENED_SHARE = 0.6;

  /** Number of parts into which the general text is divided; each heading gets one. */
  private static final int ADVICE_PARTS = 5;

  /** General advice, for headings that are not in the content bank of the topic. */
  private static final List<String> ADVICE =
      List.of(Resources.text("text/other.txt").strip().split("\n\n+"));

  private final ChatCall call;
  private final Topic topic;
  private final ContentBank bank;
  private final Template template;
  private final String instruction;

  SectionText(ChatCall call) {
    this.call = call;
    this.topic = PromptParser.topic(call);
    this.bank = ContentBank.of(topic);
    this.template = new Template(topic);
    this.instruction = PromptParser.data(call.system(), "Editor's instruction").orElse("");
  }

  String text() {
    return joined(PromptParser.requested(call));
  }

  /** Like {@link #text()}, but with the text of section 1. */
  String repeating() {
    var blocks = PromptParser.requested(call);
    var aspects = bank.sections().getFirst().aspects();
    var text = new ArrayList<String>();
    for (var i = 0; i < blocks.size(); i++) {
      text.add(marked(blocks.get(i), paragraphs(aspects.get(i % aspects.size()))));
    }
    return String.join("\n\n", text);
  }

  /** Like {@link #text()}, but with a heading for the first marker and without the last block. */
  String drifted() {
    var blocks = PromptParser.requested(call);
    var kept = blocks.size() > 1 ? blocks.subList(0, blocks.size() - 1) : blocks;
    var first = blocks.getFirst();
    return joined(kept).replace("@@" + first.id() + "@@", "## " + first.heading());
  }

  private String joined(List<Block> blocks) {
    return blocks.stream()
        .map(block -> marked(block, instructed(body(block))))
        .collect(Collectors.joining("\n\n"));
  }

  private static String marked(Block block, List<String> paragraphs) {
    return "@@" + block.id() + "@@\n" + String.join("\n\n", paragraphs);
  }

  /** The paragraphs of the bank's most similar heading; general text if no heading is similar. */
  private List<String> body(Block block) {
    return bank.aspects()
        .max(Comparator.comparingDouble(aspect -> similarity(aspect, block)))
        .filter(aspect -> similarity(aspect, block) > MIN_SIMILARITY)
        .map(this::paragraphs)
        .orElseGet(() -> unknown(block));
  }

  private List<String> paragraphs(ContentBank.Aspect aspect) {
    return aspect.paragraphs().stream().map(template::fill).toList();
  }

  /**
   * Applies the editor's instruction: shortens the paragraphs if it asks for that. Any other
   * instruction is quoted, because the sandbox cannot follow it.
   */
  private List<String> instructed(List<String> paragraphs) {
    if (instruction.isEmpty()) {
      return paragraphs;
    }
    if (instruction.toLowerCase(Locale.ROOT).contains("short")) {
      return paragraphs.stream().map(SectionText::shortened).toList();
    }
    var all = new ArrayList<>(paragraphs);
    all.add(
        "The editor’s instruction for this part was “%s”. The sandbox has only this text; a real model would follow the instruction."
            .formatted(Topic.cut(Topic.of(instruction).text(), Topic.LONGEST)));
    return all;
  }

  private static String shortened(String paragraph) {
    var sentences = paragraph.split("(?<=[.!?]”?)\\s+(?=[\\p{Lu}“])");
    var kept = (int) Math.ceil(sentences.length * SHORTENED_SHARE);
    return paragraph.contains("\n") ? paragraph : String.join(" ", Arrays.copyOf(sentences, kept));
  }

  /** Similarity: 2 for the same heading, up to 1 for the same points or nearly the same heading. */
  private double similarity(ContentBank.Aspect aspect, Block block) {
    if (template.fill(aspect.heading()).equalsIgnoreCase(block.heading())) {
      return 2;
    }
    var shared =
        aspect.points().stream()
            .map(template::fill)
            .filter(point -> block.points().stream().anyMatch(point::equalsIgnoreCase))
            .count();
    return Math.max(
        similarity(template.fill(aspect.heading()), block.heading()),
        (double) shared / aspect.points().size());
  }

  /** The text for an unknown heading: its points and general advice. */
  private List<String> unknown(Block block) {
    var text = new ArrayList<String>();
    text.add(
        "The sandbox has no text about “%s” for a page on %s."
                .formatted(block.heading().isEmpty() ? "this part" : block.heading(), topic.text())
            + (block.points().isEmpty() ? "" : " These points belong here:"));
    if (!block.points().isEmpty()) {
      text.add(
          block.points().stream()
              .map(point -> "- " + Topic.capitalised(point) + ".")
              .collect(Collectors.joining("\n")));
    }
    var share = ADVICE.size() / ADVICE_PARTS * share(block.id());
    text.addAll(ADVICE.subList(share, share + ADVICE.size() / ADVICE_PARTS));
    return text;
  }

  /** Index of a block's share of the general text: 0 for s1-1, then s2-1, s1-2, s2-2 and so on. */
  private static int share(String id) {
    var digits = id.replaceAll("\\D", "");
    var number = digits.isEmpty() ? 11 : Integer.parseInt(Topic.cut(digits, 4));
    return Math.floorMod(number / 10 - 1 + 2 * (number % 10 - 1), ADVICE_PARTS);
  }

  private static double similarity(String one, String other) {
    var both = words(one);
    both.retainAll(words(other));
    var all = words(one);
    all.addAll(words(other));
    return (double) both.size() / all.size();
  }

  private static Set<String> words(String text) {
    return new HashSet<>(List.of(text.toLowerCase(Locale.ROOT).split("[^\\p{L}\\p{N}]+")));
  }
}
