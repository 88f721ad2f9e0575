package dev.keywheel.article.operation.text;

import static dev.keywheel.article.operation.conversation.TeaForTwo.ARTICLE_REQUEST;
import static dev.keywheel.article.operation.conversation.TeaForTwo.blocks;
import static dev.keywheel.article.operation.conversation.TeaForTwo.filler;
import static dev.keywheel.article.operation.conversation.TeaForTwo.plan;
import static dev.keywheel.article.operation.conversation.TeaForTwo.text;
import static dev.keywheel.article.operation.conversation.TeaForTwo.tool;
import static dev.keywheel.article.operation.text.FaqRulesTest.answers;
import static dev.keywheel.article.operation.text.FaqRulesTest.faq;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.operation.conversation.ParsedReply;
import dev.keywheel.article.operation.conversation.TextOperation;
import dev.keywheel.article.operation.text.GuideOperation.Example;
import dev.keywheel.article.plan.ArticleRequest;
import dev.keywheel.article.plan.ContentGap;
import dev.keywheel.article.plan.Length;
import dev.keywheel.article.plan.Texts;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What guide and sections accept and correct in each block, in any script. */
class BlockRulesTest {
  // Operation 4: guide

  private static final GuideOperation GUIDE =
      new GuideOperation(
          ARTICLE_REQUEST,
          plan().tool(),
          tool(),
          new Example(true, Map.of("cups", "3"), Map.of("grams", "7.5")),
          "");

  private static Map<String, String> guide() {
    var blocks = new LinkedHashMap<String, String>();
    blocks.put("intro", "A small scale for the pot. " + filler(50));
    blocks.put("what", "It weighs by the number of mouths. " + filler(90));
    blocks.put("steps", "1. Type how many into **Cups to fill**.\n2. Press **Weigh them**.");
    blocks.put("example", "With 3 cups it shows 7.5 grams, which is what the pot takes.");
    blocks.put("limits", "Not for coffee. " + filler(60));
    return blocks;
  }

  private static ParsedReply<Texts> guideWith(String id, String text) {
    var changed = guide();
    changed.put(id, text);
    return GUIDE.read(blocks(changed), false);
  }

  @Test
  void a_guide_is_compared_with_the_tool() {
    assertThat(GUIDE.read(blocks(guide()), false).errors()).isEmpty();
    var named = guideWith("steps", "1. Fill in **Cups to fill**.\n2. Press **Brew now**.");
    assertThat(named.errors().getFirst()).contains("that the tool does not have: Brew now");
    var left = guideWith("steps", "1. Type a number.\n2. Press **Weigh them**.");
    assertThat(left.errors().getFirst()).contains("does not name these fields: Cups to fill");
    var number =
        guideWith("example", "With 3 cups it shows 8.25 grams, which is what the pot takes.");
    assertThat(number.errors().getFirst())
        .contains("neither in the inputs nor in the given result: 8.25");
    var missing = guide();
    missing.remove("limits");
    var parsedReply = GUIDE.read(blocks(missing), false);
    assertThat(parsedReply.errors()).contains("The guide lacks its note on limits.");
    assertThat(GUIDE.correction(parsedReply))
        .endsWith("Send only these blocks, corrected and complete: @@limits@@");
    var brief = guideWith("what", "Short.");
    assertThat(brief.errors().getLast().startsWith("The guide has "))
        .as(brief.errors()::toString)
        .isTrue();
  }

  @Test
  void an_untested_example_is_attributed_to_the_plan() {
    var unseen =
        new GuideOperation(
            ARTICLE_REQUEST,
            plan().tool(),
            tool(),
            new Example(false, Map.of("cups", "2"), Map.of("grams", "5")),
            "");
    assertThat(text(unseen).contains("Example (from the plan)")).isTrue();
    assertThat(
            unseen
                .read(blocks(guide()), false)
                .warnings()
                .contains("The example is from the plan: no browser has run it."))
        .isTrue();
  }

  // Operations 5 and 6: sections

  private static final Texts SECTION_1 =
      new Texts(
          Map.of(
              "s1-1",
              "Steep it for exactly as long as a song lasts and not a bar longer. " + filler(60)));

  private static ParsedReply<Texts> section(int number, String id, String text) {
    var operation =
        new SectionOperation(
            ARTICLE_REQUEST, plan(), number, number == 2 ? SECTION_1 : new Texts(Map.of()));
    var both = new LinkedHashMap<String, String>();
    both.put(
        "s" + number + "-1",
        "Tea for two is a matter of "
            + (number == 1 ? filler(58) : filler(58).replace("word", "other")));
    both.put(
        "s" + number + "-2", "Something else entirely. " + filler(56).replace("word", "third"));
    both.put(id, text);
    return operation.read(blocks(both), false);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Too little here.|has 3 words; about 60 are required",
        "FILL and then it just stops in the|ends in the middle of a sentence",
        "FILL [insert a number here] FILL|has no place on a page",
        "FILL As an AI I have no tongue. FILL|has no place on a page",
        "FILL TODO write this. FILL|has no place on a page",
        "FILL one two three four five six seven eight. one two three four five six seven eight. one"
            + " two three four five six seven eight.|three times or more",
        "Der Tee ist nicht mit dem Wasser zu verwechseln und auch nicht für die Katze, wenn sie mit"
            + " der Kanne auf dem Tisch von Oma sitzt und sich nicht bewegt. Der Tee ist nicht mit"
            + " dem Wasser zu verwechseln und auch nicht für den Hund, wenn er mit dem Ball auf der"
            + " Wiese von Opa liegt und sich auch nicht bewegt.|is in German, not in English",
      })
  void an_unusable_block_is_requested_again_by_its_marker(String text, String error) {
    var parsedReply = section(1, "s1-2", text.replace("FILL", filler(55).replace("word", "third")));
    assertThat(
            parsedReply.errors().stream()
                .anyMatch(e -> e.startsWith("\"Choosing a pot\" ") && e.contains(error)))
        .as(parsedReply.errors()::toString)
        .isTrue();
    var again =
        new SectionOperation(ARTICLE_REQUEST, plan(), 1, new Texts(Map.of()))
            .correction(parsedReply);
    assertThat(again.endsWith("corrected and complete: @@s1-2@@")).as(again).isTrue();
  }

  @Test
  void repeated_sentences_of_section_2_are_quoted() {
    var parsedReply = section(2, "s2-2", Objects.requireNonNull(SECTION_1.blocks().get("s1-1")));
    var error = parsedReply.errors().getFirst();
    assertThat(error.startsWith("\"Guests who come late\" repeats section 1: \""))
        .as(error)
        .isTrue();
    assertThat(error.contains("Steep it for exactly as long as a song lasts")).as(error).isTrue();
    assertThat(
            section(2, "s2-2", "Quite another thing. " + filler(58).replace("word", "fourth"))
                .errors())
        .isEmpty();
  }

  @Test
  void minor_problems_of_a_section_are_warnings() {
    var twice =
        blocks(Map.of("s1-1", "Tea. " + filler(58)))
            + "\n\n"
            + blocks(Map.of("s1-1", "Tea again. " + filler(60)))
            + "\n\n"
            + blocks(Map.of("s1-2", filler(60).replace("word", "x")));
    var operation = new SectionOperation(ARTICLE_REQUEST, plan(), 1, new Texts(Map.of()));
    var parsedReply = operation.read(twice, false);
    assertThat(parsedReply.errors()).isEmpty();
    assertThat(parsedReply.warnings())
        .contains("\"What the leaves give\" appeared twice; the longer text is kept.");
    assertThat(parsedReply.warnings().stream().anyMatch(w -> w.contains("is not in it")))
        .as("the keyword")
        .isTrue();
    var wordy = section(1, "s1-2", "Tea for two. ".repeat(2) + filler(150).replace("word", "q"));
    assertThat(
            wordy.warnings().stream()
                .anyMatch(
                    w ->
                        w.matches("\"Choosing a pot\" has \\d+ words; about 60 were requested\\.")))
        .as(wordy.warnings()::toString)
        .isTrue();
    var dense =
        section(
            1,
            "s1-2",
            IntStream.range(0, 14)
                .mapToObj(
                    i -> "Tea for two " + (char) ('a' + i) + " is " + (char) ('b' + i) + " so.")
                .collect(Collectors.joining(" ")));
    assertThat(dense.warnings().stream().anyMatch(w -> w.contains("times.")))
        .as(dense.warnings()::toString)
        .isTrue();
    var linked =
        section(1, "s1-2", "See [here](https://x.example) now. " + filler(55).replace("word", "q"));
    assertThat(linked.warnings())
        .contains("\"Choosing a pot\" had links; only their words are kept.");
  }

  @Test
  void no_error_or_warning_names_a_block_by_its_marker() {
    var short1 = blocks(Map.of("s1-1", "Short.")) + "\n\n";
    var linked = blocks(Map.of("intro", "See [here](https://x.example) now. As an AI I stop"));
    var sections = new SectionOperation(ARTICLE_REQUEST, plan(), 1, new Texts(Map.of()));
    var read =
        Stream.of(
            sections.only("s1-1", "shorter").read(short1 + short1, false),
            sections.read(short1, false),
            sections.read("", false),
            GUIDE.read(linked + "\n\n" + linked, false),
            GUIDE.read("", false),
            faq().read(answers("See [here](https://x.example) now"), false),
            faq().read("", false));
    var remarks =
        read.flatMap(reply -> Stream.concat(reply.errors().stream(), reply.warnings().stream()))
            .toList();
    assertThat(remarks)
        .contains(
            "\"What the leaves give\" has 1 word; about 60 were requested.",
            "\"What the leaves give\" appeared twice; the longer text is kept.",
            "There is no text under \"Choosing a pot\".",
            "None of the requested blocks is in it.",
            "The guide's introduction had links; only their words are kept.",
            "The answer to \"How long does it stand?\" had links; only their words are kept.")
        .noneMatch(remark -> remark.matches("(?s).*(@@|\\bs1-\\d|\\bq\\d).*"));
  }

  @Test
  void a_section_in_html_is_converted_instead_of_requested_again() {
    var text = filler(60).replace("word", "q");
    var parsedReply =
        section(
            1,
            "s1-2",
            "<p>" + text + "</p>\n\n<ul><li>one thing</li></ul>\nIt <strong>ends</strong>.");
    assertThat(parsedReply.good()).as(parsedReply.errors()::toString).isTrue();
    assertThat(Objects.requireNonNull(parsedReply.value()).of("s1-2"))
        .isEqualTo(text + "\n\n- one thing\n\nIt **ends**.");
    assertThat(parsedReply.repairs().contains("HTML turned into Markdown"))
        .as(parsedReply.repairs()::toString)
        .isTrue();
  }

  @Test
  void a_whole_reply_in_html_is_read_by_its_markers_or_its_headings() {
    var operation = new SectionOperation(ARTICLE_REQUEST, plan(), 1, new Texts(Map.of()));
    var first = filler(60).replace("word", "p");
    var other = filler(60).replace("word", "q");
    for (var reply :
        List.of(
            "```html\n"
                + "<h3>What the leaves give</h3>\n"
                + "<p>%s</p>\n"
                + "<h3>Choosing a pot</h3>\n"
                + "<p>%s</p>\n"
                + "```",
            "<p>@@s1-1@@</p>\n<p>%s</p>\n<h3>@@s1-2@@</h3>\n<p>%s</p>")) {
      var parsedReply = operation.read(reply.formatted(first, other), false);
      assertThat(parsedReply.good()).as(parsedReply.errors()::toString).isTrue();
      assertThat(Objects.requireNonNull(parsedReply.value()).blocks())
          .isEqualTo(Map.of("s1-1", first, "s1-2", other));
    }
  }

  @Test
  void html_that_would_be_visible_is_reported() {
    var operation = new SectionOperation(ARTICLE_REQUEST, plan(), 1, new Texts(Map.of()));
    var lacks =
        operation.findGaps(
            new Texts(Map.of("s1-1", filler(60), "s1-2", "<p>" + filler(60).replace("word", "q"))));
    assertThat(lacks.stream().map(ContentGap::text).toList())
        .isEqualTo(List.of("\"Choosing a pot\" shows HTML tags as text: <p>."));
  }

  @Test
  void only_the_last_block_of_a_truncated_section_is_requested_again() {
    var operation = new SectionOperation(ARTICLE_REQUEST, plan(), 1, new Texts(Map.of()));
    var cut =
        operation.read(
            blocks(Map.of("s1-1", "Tea for two. " + filler(58)))
                + "\n@@s1-2@@\nOne whole sentence. And half of",
            true);
    assertThat(Objects.requireNonNull(cut.value()).of("s1-2")).isEqualTo("One whole sentence.");
    assertThat(operation.rest(cut).endsWith("begun by its marker: @@s1-2@@"))
        .as(operation.rest(cut))
        .isTrue();
    var whole =
        operation.with(
            cut, "@@s1-2@@\n" + filler(60).replace("word", "q"), false, TextOperation.Ask.REST);
    assertThat(whole.good()).as(whole.errors()::toString).isTrue();
  }

  @Test
  void the_digest_of_the_first_section_is_short() {
    var many = new LinkedHashMap<String, String>();
    plan().section1().headings().forEach(h -> many.put(h.id(), "A first sentence. " + filler(400)));
    assertThat(
            SectionOperation.digest(plan(), PriorBlock.all(Stream.of(new Texts(many))))
                    .split(" ")
                    .length
                <= 250)
        .isTrue();
  }

  // Languages: no rule may demand what only English has.

  @ParameterizedTest
  @CsvSource({
    "zh,茶要用热水冲泡，水温不宜太高。",
    "ja,お茶は熱すぎないお湯で入れます。",
    "ar,يُحضَّر الشاي بماء ساخن ولكن ليس مغليا.",
    "hi,चाय गरम पानी में बनती है और बहुत देर नहीं रखी जाती।",
    "el,Το τσάι γίνεται με ζεστό νερό και όχι με βραστό.",
    "th,ชาชงด้วยน้ำร้อนแต่ไม่เดือด",
    "ru,Чай заваривают горячей водой и пьют не сразу.",
    "ur,چائے گرم پانی سے بنتی ہے۔"
  })
  void length_and_ending_are_checked_in_every_script(String language, String sentence) {
    var articleRequest =
        new ArticleRequest("Tea", language, "x", "y", Length.SHORT, List.of(), "", true);
    var operation = new SectionOperation(articleRequest, plan(), 1, new Texts(Map.of()));
    var numbers = new String[] {"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"};
    var text = Stream.of(numbers).map(n -> n + " " + sentence).collect(Collectors.joining(" "));
    var errors =
        operation.errors("s1-1", text).stream().filter(e -> !e.contains("three times")).toList();
    assertThat(errors).isEmpty();
    assertThat(operation.errors("s1-1", sentence)).anyMatch(e -> e.contains("are required"));
    var cut = operation.errors("s1-1", text.substring(0, text.length() - 1));
    assertThat(cut.stream().anyMatch(e -> e.contains("middle of a sentence")))
        .as("Thai has no sign at the end of a sentence")
        .isEqualTo(!language.equals("th"));
    assertThat(operation.prompt().maxTokens())
        .as("two and a half times as many tokens")
        .isEqualTo(4_000);
    assertThat(
            new GuideOperation(
                    articleRequest,
                    plan().tool(),
                    tool(),
                    new Example(false, Map.of(), Map.of()),
                    "")
                .prompt()
                .maxTokens())
        .isEqualTo(5_000);
  }
}
