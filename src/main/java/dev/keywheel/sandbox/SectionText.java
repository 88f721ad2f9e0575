package dev.keywheel.sandbox;

import dev.keywheel.sandbox.Asked.Block;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The blocks of a section: the bank's own paragraphs for a heading, and more of the pool up to the
 * words asked for.
 */
final class SectionText {

  private static final int OTHERWISE_WORDS = 300;
  private static final double SAME = 0.5;

  private static final List<String> LINKS =
      List.of(
          "With the basics in place, it is time to look at decisions.",
          "Knowing how it works is one half; the other half is knowing what to do with it.",
          "So much for the groundwork; what follows is about choices.",
          "After the explanations come the situations in which they are needed.");

  private final ChatCall call;
  private final int section;
  private final Subject subject;
  private final Bank bank;
  private final String wish;
  private final Hash hash;

  SectionText(ChatCall call, int section, long seed) {
    this.call = call;
    this.section = section;
    this.subject = Asked.subject(call);
    this.bank = Genre.of(subject).bank();
    this.wish = Asked.data(call.system(), "Wish of the editor").orElse("");
    this.hash =
        wish.isEmpty()
            ? Hash.of(seed, "pool", subject.phrase())
            : Hash.of(seed, "pool", subject.phrase(), wish);
  }

  String text() {
    var blocks = Asked.wanted(call);
    return joined(blocks, blocks.stream().map(block -> body(block)).toList());
  }

  /** As {@link #text()}, but what the other section says. */
  String repeating() {
    var blocks = Asked.wanted(call);
    var texts = new ArrayList<String>();
    for (var i = 0; i < blocks.size(); i++) {
      var aspects = bank.sections().get(0).aspects();
      var aspect = aspects.get(i % aspects.size());
      texts.add(String.join("\n\n", filled(aspect.paragraphs())));
    }
    return joined(blocks, texts);
  }

  /**
   * As {@link #text()}, but the first marker is a heading instead, and the last block is missing.
   */
  String drifted() {
    var blocks = Asked.wanted(call);
    var whole = joined(blocks, blocks.stream().map(block -> body(block)).toList());
    var lastMarker = whole.lastIndexOf("@@" + blocks.getLast().id() + "@@");
    var firstLine = "@@" + blocks.getFirst().id() + "@@";
    return (lastMarker > 0 ? whole.substring(0, lastMarker).strip() : whole)
        .replace(firstLine, "## " + blocks.getFirst().heading());
  }

  private String joined(List<Block> blocks, List<String> texts) {
    var all = new ArrayList<String>();
    for (var i = 0; i < blocks.size(); i++) {
      all.add("@@" + blocks.get(i).id() + "@@\n" + texts.get(i));
    }
    return String.join("\n\n", all);
  }

  private String body(Block block) {
    var wanted = (int) ((block.words() > 0 ? block.words() : OTHERWISE_WORDS) * lengthWished());
    var paragraphs = new ArrayList<>(filled(own(block)));
    if (section == 2 && block.id().endsWith("-1") && !call.reasked()) {
      paragraphs.set(0, hash.pick(LINKS) + " " + paragraphs.getFirst());
    }
    for (var extra : pool(block)) {
      if (Paragraphs.words(paragraphs) >= wanted * 0.92) {
        break;
      }
      paragraphs.add(Paragraphs.shortened(extra, wanted - Paragraphs.words(paragraphs)));
    }
    Paragraphs.trim(paragraphs, (int) (wanted * 1.12));
    return String.join("\n\n", paragraphs);
  }

  /**
   * An editor who wants it shorter or longer gets that; of other wishes only a new mixture comes.
   */
  private double lengthWished() {
    var wish = this.wish.toLowerCase(Locale.ROOT);
    return wish.contains("short") ? 0.7 : wish.contains("longer") ? 1.25 : 1;
  }

  private List<String> pool(Block block) {
    var share = new Pool(hash).share(section, block.id());
    return call.reasked() ? share.reversed() : share;
  }

  /**
   * The bank's paragraphs for the heading, and the angle's for a topic without a bank of its own;
   * for a heading of another planner's, an opening that names its points.
   */
  private List<String> own(Block block) {
    var best = bank.aspects().max(Comparator.comparingDouble(aspect -> likeness(aspect, block)));
    return best.filter(aspect -> likeness(aspect, block) > SAME)
        .map(this::withAdvice)
        .orElseGet(() -> List.of(opening(block)));
  }

  private List<String> withAdvice(Bank.Aspect aspect) {
    var paragraphs = new ArrayList<>(aspect.paragraphs());
    if (Genre.of(subject) == Genre.SCORE) {
      var heading = bank.aspects().toList().indexOf(aspect);
      subject.angle().adviceFor(heading).ifPresent(paragraphs::add);
    }
    return paragraphs;
  }

  /** 2 for the same heading, up to 1 for the same points or a heading in nearly the same words. */
  private double likeness(Bank.Aspect aspect, Block block) {
    var slots = new Slots(subject);
    if (slots.fill(aspect.heading()).equalsIgnoreCase(block.heading())) {
      return 2;
    }
    var shared =
        aspect.points().stream()
            .map(slots::fill)
            .filter(point -> block.points().stream().anyMatch(p -> p.equalsIgnoreCase(point)))
            .count();
    var withoutTopic = block.heading().replace(subject.phrase(), "");
    var heading = alike(aspect.heading().replace("{subject}", ""), withoutTopic);
    return Math.max(heading, (double) shared / aspect.points().size());
  }

  private static String opening(Block block) {
    var heading = block.heading().isEmpty() ? "This part" : "“" + block.heading() + "”";
    if (block.points().isEmpty()) {
      return heading
          + " is one of the questions about {subject} that come up again and again. It has no single answer, and "
          + "still there are a few things that are worth knowing before you decide.";
    }
    var points =
        block.points().stream()
            .map(p -> "- " + Slots.capital(p) + ".")
            .collect(Collectors.joining("\n"));
    return heading
        + " is where {subject} becomes practical. These are the things to look at:\n\n"
        + points
        + "\n\nNone of them stands alone. Each changes the weight of the others, which is why it pays to go through all of "
        + "them once before anything is decided.";
  }

  /** The paragraphs with the topic in them; a slot may stand for several paragraphs. */
  private List<String> filled(List<String> paragraphs) {
    var slots = new Slots(subject);
    return paragraphs.stream()
        .map(slots::fill)
        .flatMap(p -> List.of(p.split("\n\n")).stream())
        .toList();
  }

  private static double alike(String one, String other) {
    var first = contentWords(one);
    var both = new HashSet<>(first);
    both.retainAll(contentWords(other));
    var all = new HashSet<>(first);
    all.addAll(contentWords(other));
    return all.isEmpty() ? 0 : (double) both.size() / all.size();
  }

  private static Set<String> contentWords(String text) {
    return new HashSet<>(List.of(text.toLowerCase(Locale.ROOT).split("[^\\p{L}\\p{N}]+")));
  }
}
