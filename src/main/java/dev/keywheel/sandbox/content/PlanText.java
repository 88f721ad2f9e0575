package dev.keywheel.sandbox.content;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.keywheel.sandbox.base.SandboxJson;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** The plan of a page, from the content bank for its topic. */
final class PlanText {

  private static final int MIN_TITLE = 30;
  private static final int MAX_TITLE = 60;
  private static final int MAX_HEADINGS = 4;
  private static final Pattern HEADINGS = Pattern.compile("\\d to (\\d)\\s+headings");

  private final Topic topic;
  private final ContentBank bank;
  private final Template template;

  PlanText(Topic topic) {
    this.topic = topic;
    this.bank = ContentBank.of(topic);
    this.template = new Template(topic);
  }

  ObjectNode plan(String task) {
    var plan =
        SandboxJson.object()
            .put("title", title())
            .put("meta_description", template.fill(bank.value("description")))
            .put("primary_keyword", keyword());
    var keywords = plan.putArray("keywords").add(keyword());
    bank.list("keywords").forEach(keywords::add);
    plan.put("summary", template.fill(bank.value("summary")));
    plan.set("section_1", section(bank.sections().get(0), headings(task)));
    plan.set("section_2", section(bank.sections().get(1), headings(task)));
    bank.questions().forEach(q -> plan.withArray("/faq").add(template.fill(q.question())));
    plan.set("tool", ToolDefinition.of(bank).brief(template));
    plan.set("image", image());
    return plan;
  }

  /** The bank's keyword; the bank for all other topics uses the topic itself. */
  private String keyword() {
    return template.fill(bank.value("keyword"));
  }

  /** The first title with the keyword that fits into search results; otherwise the last title. */
  private String title() {
    var titles = bank.list("titles").stream().map(this::titled).toList();
    var keyword = keyword().toLowerCase(Locale.ROOT);
    return titles.stream()
        .filter(title -> title.length() >= MIN_TITLE && title.length() <= MAX_TITLE)
        .filter(title -> title.toLowerCase(Locale.ROOT).contains(keyword))
        .findFirst()
        .orElse(titles.getLast());
  }

  /** "{Topic}: a plan" becomes "{Topic}? A plan" for a topic that is a question. */
  private String titled(String title) {
    var parts = title.split(": ", 2);
    return topic.isQuestion() && parts[0].equals("{Topic}")
        ? topic.capitalised() + "? " + Topic.capitalised(parts[1])
        : template.fill(title);
  }

  private ObjectNode section(ContentBank.Section section, int headings) {
    var json = SandboxJson.object().put("title", template.fill(section.title()));
    var list = json.putArray("headings");
    for (var aspect : section.aspects().subList(0, headings)) {
      var heading = list.addObject().put("text", template.fill(aspect.heading()));
      aspect.points().forEach(point -> heading.withArray("/points").add(template.fill(point)));
      heading.put("words", words(aspect.paragraphs()));
    }
    return json;
  }

  /** The planned length in words: that of the bank's text, so that the text is never too short. */
  private int words(List<String> paragraphs) {
    return template.fill(String.join(" ", paragraphs)).split("\\s+").length;
  }

  private ObjectNode image() {
    var own = bank.value("about");
    var about = own.isEmpty() ? keyword() : own;
    var alt = "Illustration for an article about " + about + ": " + bank.value("image");
    return SandboxJson.object()
        .put(
            "prompt",
            "A quiet, modern illustration: %s. It is the cover for an article about %s."
                .formatted(bank.value("image"), about))
        .put("alt", Topic.cut(alt, 140));
  }

  private static int headings(String task) {
    var asked = HEADINGS.matcher(task);
    return asked.find()
        ? Math.clamp(Integer.parseInt(asked.group(1)), 2, MAX_HEADINGS)
        : MAX_HEADINGS;
  }
}
