package dev.keywheel.article.run.model;

import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.plan.PagePlan.Heading;
import dev.keywheel.article.plan.Slug;
import dev.keywheel.article.plan.Texts;
import dev.keywheel.article.run.model.PartBodies.TextBody;
import dev.keywheel.article.text.Tokenizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiPredicate;

/**
 * The headings of a part according to the plan, and the texts under them. A text whose heading the
 * plan no longer has is kept: it stays in the page, after the others and under its old heading,
 * until the part is regenerated or a user removes the text. Pure.
 *
 * @param byId in the order of the page
 * @param keptPrefix prefix of the ids of kept blocks
 */
public record Headings(Map<String, String> byId, String keptPrefix) {
  /** Similarity from which two headings count as the same. */
  private static final double MIN_SIMILARITY = 0.5;

  /** The headings of a part in the plan; none for a part whose blocks do not come from the plan. */
  public static Headings of(PagePlan plan, PartName part) {
    var byId = new LinkedHashMap<String, String>();
    switch (part) {
      case SECTION_1 -> plan.section1().headings().forEach(h -> byId.put(h.id(), h.text()));
      case SECTION_2 -> plan.section2().headings().forEach(h -> byId.put(h.id(), h.text()));
      case FAQ -> plan.faq().forEach(q -> byId.put(q.id(), q.text()));
      case PLAN, TOOL, REVIEW, GUIDE, IMAGE -> {}
    }
    return new Headings(byId, keptPrefix(part));
  }

  /** Adds the blocks that a version has and the plan does not. */
  public Headings with(TextBody body) {
    var all = new LinkedHashMap<>(byId);
    all.putAll(keptHeadings(body));
    return new Headings(all, keptPrefix);
  }

  /** Headings of the kept blocks of a version, by block id. */
  Map<String, String> keptHeadings(TextBody body) {
    var beyond = new LinkedHashMap<String, String>();
    body.texts()
        .blocks()
        .forEach(
            (id, text) -> {
              if (id.startsWith(keptPrefix) && !text.isBlank()) {
                beyond.put(id, body.headings().getOrDefault(id, id));
              }
            });
    return beyond;
  }

  /** A body for these texts that records the headings under which they were written. */
  public TextBody written(Texts texts) {
    var under = new LinkedHashMap<>(byId);
    under.keySet().retainAll(texts.blocks().keySet());
    return new TextBody(texts, under, Set.of());
  }

  /** The blocks of a body that are under headings of the plan. */
  public TextBody onlyPlanned(TextBody body) {
    var texts = new LinkedHashMap<>(body.texts().blocks());
    texts.keySet().retainAll(byId.keySet());
    var under = new LinkedHashMap<>(body.headings());
    under.keySet().retainAll(byId.keySet());
    return new TextBody(new Texts(texts), under, body.asked());
  }

  /** Replaces the rewritten blocks and keeps the others. */
  public TextBody merged(TextBody before, TextBody fresh) {
    var texts = new LinkedHashMap<>(before.texts().blocks());
    texts.putAll(fresh.texts().blocks());
    var under = new LinkedHashMap<>(before.headings());
    under.putAll(fresh.headings());
    var asked = new TreeSet<>(before.asked());
    asked.removeAll(fresh.texts().blocks().keySet());
    asked.addAll(fresh.asked());
    return new TextBody(new Texts(texts), under, asked);
  }

  /** Like {@link #merged}, but drops the blocks of {@code before} that are not in the plan. */
  public TextBody replaced(TextBody before, TextBody fresh) {
    var texts = new LinkedHashMap<>(before.texts().blocks());
    texts.keySet().removeIf(id -> id.startsWith(keptPrefix));
    return merged(new TextBody(new Texts(texts), before.headings(), before.asked()), fresh);
  }

  /**
   * Moves the texts of a version from the headings of {@code before} to these headings. A text
   * moves to the heading with the same meaning; a text without such a heading is kept.
   *
   * @param byHand whether a heading at the same position also counts as the same, because a user
   *     reworded it
   */
  public TextBody placed(TextBody body, Headings before, boolean byHand) {
    var left = new LinkedHashMap<String, String>();
    body.texts()
        .blocks()
        .forEach(
            (id, text) -> {
              if (!text.isBlank()) {
                left.put(id, text);
              }
            });
    var homes = new LinkedHashMap<String, String>();
    match(left, homes, (old, id) -> titles(body, before, old).contains(byId.get(id)));
    match(
        left,
        homes,
        (old, id) ->
            titles(body, before, old).stream()
                .anyMatch(
                    t -> Tokenizer.similarity(t, byId.getOrDefault(id, "")) >= MIN_SIMILARITY));
    if (byHand && before.byId.size() == byId.size()) {
      match(left, homes, String::equals);
    }
    var texts = new LinkedHashMap<String, String>();
    var under = new LinkedHashMap<String, String>();
    var asked = new TreeSet<String>();
    for (var id : byId.keySet()) {
      var old = homes.get(id);
      if (old != null) {
        texts.put(id, body.texts().of(old));
        under.put(id, writtenUnder(body, before, old));
        if (body.asked().contains(old)) {
          asked.add(id);
        }
      }
    }
    int number = 1;
    for (var old : left.entrySet()) {
      var id = keptPrefix + number++;
      texts.put(id, old.getValue());
      under.put(
          id, before.byId.getOrDefault(old.getKey(), writtenUnder(body, before, old.getKey())));
    }
    return new TextBody(new Texts(texts), under, asked);
  }

  private void match(
      Map<String, String> left, Map<String, String> homes, BiPredicate<String, String> same) {
    for (var id : byId.keySet()) {
      if (!homes.containsKey(id)) {
        left.keySet().stream()
            .filter(old -> same.test(old, id))
            .findFirst()
            .ifPresent(
                old -> {
                  homes.put(id, old);
                  left.remove(old);
                });
      }
    }
  }

  private static List<String> titles(TextBody body, Headings before, String id) {
    var titles = new ArrayList<String>();
    titles.add(writtenUnder(body, before, id));
    titles.add(before.byId.getOrDefault(id, titles.getFirst()));
    return titles;
  }

  private static String writtenUnder(TextBody body, Headings before, String id) {
    return body.headings().getOrDefault(id, before.byId.getOrDefault(id, id));
  }

  /** The blocks of a version that were written for other headings, as sentences for the user. */
  public List<String> outdated(TextBody body) {
    var sentences = new ArrayList<String>();
    byId.forEach(
        (id, heading) -> {
          var under = body.headings().getOrDefault(id, heading);
          if (!body.texts().of(id).isBlank() && !under.equals(heading)) {
            sentences.add(
                "The text under \u201c%s\u201d was written for \u201c%s\u201d."
                    .formatted(heading, under));
          }
        });
    keptHeadings(body)
        .values()
        .forEach(
            heading ->
                sentences.add(
                    "The plan no longer has the heading \u201c"
                        + heading
                        + "\u201d; its text stays on the page until this part is regenerated or the text is"
                        + " removed here."));
    return sentences;
  }

  private static String keptPrefix(PartName part) {
    return switch (part) {
      case SECTION_1 -> "s1-kept-";
      case SECTION_2 -> "s2-kept-";
      case PLAN, TOOL, REVIEW, GUIDE, FAQ, IMAGE -> "q-kept-";
    };
  }

  /** Headings of a section as the page shows them: those of the plan, then the kept ones. */
  static List<Heading> shown(List<Heading> planned, Map<String, String> kept) {
    var all = new ArrayList<>(planned);
    kept.forEach(
        (id, text) ->
            all.add(new Heading(id, id + "-" + Slug.of(text, "part"), text, List.of(), 0)));
    return all;
  }
}
