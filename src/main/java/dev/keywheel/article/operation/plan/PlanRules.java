package dev.keywheel.article.operation.plan;

import dev.keywheel.article.operation.text.ContentRules;
import dev.keywheel.article.plan.ArticleRequest;
import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.plan.PagePlan.Heading;
import dev.keywheel.article.text.Tokenizer;
import java.util.ArrayList;
import java.util.List;

/** Finds the errors of a plan that {@link PlanReader} has not repaired. Pure. */
final class PlanRules {
  /** Similarity above which two headings say the same thing. */
  static final double TOO_ALIKE = 0.6;

  private static final int MIN_QUESTIONS = 4;
  private static final int MIN_HEADINGS = 2;
  private static final int MIN_POINTS = 2;
  private static final int MIN_KEYWORDS = 3;
  private static final int MIN_TESTS = 2;

  private PlanRules() {}

  /**
   * A rule that a plan breaks.
   *
   * @param error the sentence for the model
   * @param gap the sentence for users; empty when the page is not affected
   */
  record BrokenRule(String error, String gap) {
    private static BrokenRule ofSentence(String sentence) {
      return new BrokenRule(sentence, sentence);
    }
  }

  static boolean hasTool(PagePlan plan) {
    return !plan.tool().name().isEmpty()
        && !plan.tool().inputs().isEmpty()
        && !plan.tool().outputs().isEmpty();
  }

  static List<BrokenRule> broken(PagePlan plan, ArticleRequest articleRequest) {
    var broken = new ArrayList<BrokenRule>();
    if (plan.title().length() < 3) {
      broken.add(new BrokenRule("\"title\" is missing.", "The page has no title."));
    }
    for (int n = 1; n <= 2; n++) {
      if (plan.section(n).headings().size() < MIN_HEADINGS) {
        broken.add(
            new BrokenRule(
                "\"section_%s\" needs at least 2 headings, each with \"text\" and \"points\"."
                    .formatted(n),
                "Section " + n + " has only one heading."));
      }
    }
    plan.headings()
        .filter(h -> h.points().size() < MIN_POINTS)
        .map(PlanRules::tooFewPoints)
        .forEach(broken::add);
    broken.addAll(tool(plan));
    int questions = plan.faq().size();
    if (questions < MIN_QUESTIONS) {
      broken.add(
          new BrokenRule(
              "\"faq\" needs 4 to 8 questions; it has " + questions + ".",
              "The plan has %s %s; 4 to 8 are required."
                  .formatted(questions, questions == 1 ? "question" : "questions")));
    }
    if (plan.keywords().size() < MIN_KEYWORDS) {
      broken.add(new BrokenRule("\"keywords\" must contain 3 to 12 keywords.", ""));
    }
    duplicates(plan.headings().toList()).stream().map(BrokenRule::ofSentence).forEach(broken::add);
    ContentRules.wrongLanguage(texts(plan), articleRequest)
        .map(fault -> BrokenRule.ofSentence("The plan " + fault + "."))
        .ifPresent(broken::add);
    return broken;
  }

  private static BrokenRule tooFewPoints(Heading h) {
    return new BrokenRule(
        "The heading \"" + h.text() + "\" needs 2 to 5 \"points\".",
        "The plan says too little about \"" + h.text() + "\".");
  }

  private static List<BrokenRule> tool(PagePlan plan) {
    if (!hasTool(plan)) {
      return List.of(
          new BrokenRule("\"tool\" needs a name, at least one input and at least one output.", ""));
    }
    return plan.tool().tests().size() < MIN_TESTS
        ? List.of(
            new BrokenRule(
                "\"tool\" needs 2 to 5 \"tests\", each with \"set\" and \"expect\".", ""))
        : List.of();
  }

  private static List<String> duplicates(List<Heading> headings) {
    var errors = new ArrayList<String>();
    for (int i = 0; i < headings.size(); i++) {
      for (int j = i + 1; j < headings.size(); j++) {
        var a = headings.get(i);
        var b = headings.get(j);
        if (Tokenizer.similarity(a.text(), b.text()) > TOO_ALIKE) {
          errors.add(
              "The headings \"" + a.text() + "\" and \"" + b.text() + "\" say the same thing.");
        } else if (sharesMostPoints(a.points(), b.points())) {
          errors.add(
              "The headings \"%s\" and \"%s\" share most of their points."
                  .formatted(a.text(), b.text()));
        }
      }
    }
    return errors;
  }

  /** Whether more than half of the points of the first heading occur under the second too. */
  private static boolean sharesMostPoints(List<String> a, List<String> b) {
    long same =
        a.stream().filter(p -> b.stream().anyMatch(q -> Tokenizer.similarity(p, q) > 0.8)).count();
    return !a.isEmpty() && same * 2 > a.size();
  }

  private static String texts(PagePlan plan) {
    var words =
        new StringBuilder(plan.title())
            .append(". ")
            .append(plan.summary())
            .append(' ')
            .append(plan.metaDescription());
    plan.headings()
        .forEach(
            h ->
                words
                    .append(' ')
                    .append(h.text())
                    .append(". ")
                    .append(String.join(". ", h.points())));
    return words.toString();
  }
}
