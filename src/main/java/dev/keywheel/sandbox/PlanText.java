package dev.keywheel.sandbox;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.regex.Pattern;

/** The plan of a page: title, headings with their points, questions, the tool, the picture. */
final class PlanText {

  private static final int TITLE_LEAST = 30;
  private static final int TITLE_MOST = 60;
  private static final int META_LEAST = 140;
  private static final int META_MOST = 160;
  private static final int MOST_HEADINGS = 4;
  private static final Pattern HEADINGS =
      Pattern.compile("(\\d) to (\\d)\\s+headings|Headings per section: (\\d) to (\\d)");
  private static final Pattern WORDS_EACH =
      Pattern.compile("(?i)(?:about (\\d+) words in each|words per section: (\\d+))");

  private static final List<String> ENDINGS =
      List.of(
          "a practical guide with a free %s",
          "how it works and what to avoid",
          "a clear guide and a free %s",
          "what matters and how to decide",
          "plain answers and a free %s",
          "a practical guide",
          "a clear guide",
          "a guide");
  private static final List<String> CLAUSES =
      List.of(
          "how it works",
          "what it really costs",
          "what to look at first",
          "which mistakes to avoid",
          "how to compare",
          "what to do in special cases",
          "clear answers to common questions",
          "simple worked examples",
          "small steps that help");

  private final Subject subject;
  private final Genre genre;
  private final Bank bank;
  private final Slots slots;
  private final Hash hash;

  PlanText(Subject subject, long seed) {
    this.subject = subject;
    this.genre = Genre.of(subject);
    this.bank = genre.bank();
    this.slots = new Slots(subject);
    this.hash = Hash.of(seed, "plan", subject.phrase());
  }

  ObjectNode plan(String task) {
    var brief = genre.tool().tested(subject);
    var plan =
        Json.object()
            .put("title", title(brief.kind()))
            .put("meta_description", metaDescription(brief.kind()))
            .put("primary_keyword", keyword());
    keywords().forEach(plan.putArray("keywords")::add);
    plan.put("summary", slots.fill(bank.summary()));
    var headings = headings(task);
    var words = wordsEach(task);
    plan.set("section_1", section(bank.sections().get(0), headings, words));
    plan.set("section_2", section(bank.sections().get(1), headings, words));
    bank.questions().forEach(q -> plan.withArray("/faq").add(slots.fill(q.question())));
    plan.set("tool", brief.json());
    plan.set("image", image());
    return plan;
  }

  /** The topic as it is searched for: without the words that a sentence puts around a question. */
  private String keyword() {
    return bare(subject.phrase());
  }

  private static String bare(String phrase) {
    return phrase.startsWith("the question “")
        ? phrase.substring("the question “".length()).replace("”", "")
        : phrase;
  }

  private String title(String kind) {
    var question = subject.phrase().startsWith("the question “");
    var topic = Slots.capital(keyword()) + (question ? "?" : ":");
    var fitting =
        ENDINGS.stream()
            .map(ending -> ending.formatted(word(kind)))
            .map(ending -> topic + " " + (question ? Slots.capital(ending) : ending))
            .filter(title -> title.length() >= TITLE_LEAST && title.length() <= TITLE_MOST)
            .limit(2)
            .toList();
    return fitting.isEmpty() ? topic + " a guide" : hash.pick(fitting);
  }

  private static String word(String kind) {
    return kind.equals("scorer") ? "scoring tool" : kind;
  }

  /** As many clauses as bring the sentence to 140 to 160 characters. */
  private String metaDescription(String kind) {
    var fitting = new ArrayList<String>();
    for (var set = 1; set < 1 << CLAUSES.size(); set++) {
      var clauses = new ArrayList<String>();
      for (var i = 0; i < CLAUSES.size(); i++) {
        if ((set >> i & 1) == 1) {
          clauses.add(CLAUSES.get(i));
        }
      }
      var text =
          Slots.capital(keyword())
              + ": "
              + String.join(", ", clauses)
              + ", and a free "
              + word(kind)
              + " for your own case.";
      if (text.length() >= META_LEAST && text.length() <= META_MOST) {
        fitting.add(text);
      }
    }
    return hash.pick(fitting);
  }

  private LinkedHashSet<String> keywords() {
    var keywords = new LinkedHashSet<String>();
    keywords.add(keyword());
    keywords.addAll(bank.keywords());
    return keywords;
  }

  private ObjectNode section(Bank.Section section, int headings, int words) {
    var json = Json.object().put("title", slots.fill(section.title()));
    ArrayNode list = json.putArray("headings");
    for (var aspect : section.aspects().subList(0, Math.min(headings, section.aspects().size()))) {
      var heading = list.addObject().put("text", slots.fill(aspect.heading()));
      aspect
          .points()
          .forEach(point -> heading.withArray("/points").add(decapitalised(slots.fill(point))));
      heading.put("words", words / headings);
    }
    return json;
  }

  private static String decapitalised(String point) {
    return point.length() > 1 && Character.isLowerCase(point.charAt(1))
        ? point.substring(0, 1).toLowerCase(java.util.Locale.ROOT) + point.substring(1)
        : point;
  }

  private ObjectNode image() {
    var about = "cover for an article about " + keyword();
    return Json.object()
        .put(
            "prompt",
            "A quiet, modern illustration: " + bank.image() + ". It is the " + about + ".")
        .put(
            "alt",
            Subject.cut(
                "Illustration for an article about " + keyword() + ": " + bank.image(), 140));
  }

  private static int headings(String task) {
    var asked = HEADINGS.matcher(task);
    if (!asked.find()) {
      return MOST_HEADINGS;
    }
    var most = asked.group(2) == null ? asked.group(4) : asked.group(2);
    return Math.clamp(Integer.parseInt(most), 2, MOST_HEADINGS);
  }

  private static int wordsEach(String task) {
    var asked = WORDS_EACH.matcher(task);
    if (!asked.find()) {
      return 1200;
    }
    return Integer.parseInt(asked.group(1) == null ? asked.group(2) : asked.group(1));
  }
}
