package dev.keywheel.sandbox;

import dev.keywheel.sandbox.Asked.Block;
import java.util.ArrayList;
import java.util.Collections;
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

  private static final List<String> POOL =
      List.of(Resources.text("text/pool.txt").strip().split("\n\n+"));
  private static final int OTHERWISE_WORDS = 300;
  private static final double SAME = 0.5;
  private static final int BLOCKS_EACH = 4;

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
  private final Hash hash;

  SectionText(ChatCall call, int section, long seed) {
    this.call = call;
    this.section = section;
    this.subject = Asked.subject(call);
    this.bank = Genre.of(subject).bank();
    this.hash = Hash.of(seed, "pool", subject.phrase());
  }

  String text() {
    var blocks = Asked.wanted(call);
    return joined(blocks, blocks.stream().map(block -> body(block, section)).toList());
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
    var whole = joined(blocks, blocks.stream().map(block -> body(block, section)).toList());
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

  private String body(Block block, int inSection) {
    var wanted = block.words() > 0 ? block.words() : OTHERWISE_WORDS;
    var paragraphs = new ArrayList<>(filled(own(block)));
    if (section == 2 && block.id().endsWith("-1") && !call.reasked()) {
      paragraphs.set(0, hash.pick(LINKS) + " " + paragraphs.getFirst());
    }
    for (var extra : pool(block, inSection)) {
      if (words(paragraphs) >= wanted * 0.92) {
        break;
      }
      paragraphs.add(shortened(extra, wanted - words(paragraphs)));
    }
    trim(paragraphs, (int) (wanted * 1.12));
    return String.join("\n\n", paragraphs);
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

  /** The pool's share of this block: no other block of the page gets the same paragraphs. */
  private List<String> pool(Block block, int inSection) {
    var order = new ArrayList<>(POOL);
    Collections.shuffle(order, new java.util.Random(hash.number()));
    var digits = block.id().replaceAll(".*?(\\d+)$", "$1");
    var index = digits.matches("\\d{1,3}") ? Integer.parseInt(digits) - 1 : 0;
    var first = (inSection - 1) + 2 * Math.floorMod(index, BLOCKS_EACH);
    var share = new ArrayList<String>();
    for (var at = first; at < order.size(); at += 2 * BLOCKS_EACH) {
      share.add(order.get(at));
    }
    if (call.reasked()) {
      Collections.reverse(share);
    }
    return share;
  }

  /** The paragraphs with the topic in them; a slot may stand for several paragraphs. */
  private List<String> filled(List<String> paragraphs) {
    var slots = new Slots(subject);
    return paragraphs.stream()
        .map(slots::fill)
        .flatMap(p -> List.of(p.split("\n\n")).stream())
        .toList();
  }

  /** The first sentences of a paragraph, up to about so many words, at least two of them. */
  private static String shortened(String paragraph, int words) {
    var kept = new ArrayList<String>();
    for (var sentence : sentences(paragraph)) {
      if (kept.size() >= 2 && words(kept) + words(List.of(sentence)) > words + 12) {
        break;
      }
      kept.add(sentence);
    }
    return String.join(" ", kept);
  }

  /** Takes last sentences off the longest paragraphs until few enough words are left. */
  private static void trim(List<String> paragraphs, int most) {
    while (words(paragraphs) > most) {
      var longest = 0;
      for (var i = 1; i < paragraphs.size(); i++) {
        var list = paragraphs.get(i).contains("\n- ") || paragraphs.get(i).startsWith("- ");
        if (!list
            && sentences(paragraphs.get(i)).size() >= sentences(paragraphs.get(longest)).size()) {
          longest = i;
        }
      }
      var sentences = sentences(paragraphs.get(longest));
      if (sentences.size() < 2) {
        return;
      }
      paragraphs.set(longest, String.join(" ", sentences.subList(0, sentences.size() - 1)));
    }
  }

  private static List<String> sentences(String paragraph) {
    return List.of(paragraph.split("(?<=[.!?]”?)\\s+(?=[\\p{Lu}“])"));
  }

  private static int words(List<String> paragraphs) {
    return paragraphs.stream().mapToInt(p -> p.split("\\s+").length).sum();
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
