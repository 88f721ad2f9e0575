package dev.keywheel.web.articles;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.keywheel.article.edit.Versions.DiffLine;
import dev.keywheel.article.edit.Versions.Version;
import dev.keywheel.article.page.ArticleBody;
import dev.keywheel.article.page.Quality;
import dev.keywheel.article.run.model.PartName;
import dev.keywheel.article.run.model.SourceRun;
import dev.keywheel.article.view.ArticleFilter;
import dev.keywheel.article.view.ArticleRow;
import dev.keywheel.article.view.ArticleView;
import dev.keywheel.article.view.ArticleView.PartView;
import dev.keywheel.article.view.RunRow;
import dev.keywheel.problem.Rejected;
import dev.keywheel.run.RunState;
import dev.keywheel.support.TestClock;
import dev.keywheel.web.form.Fields;
import gg.jte.Content;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Examples of articles as the service returns them. */
final class ExampleArticles {
  static final Instant NOW = TestClock.START;
  static final UUID ID = new UUID(0x0193_0000_0000_7000L, 0x8000_0000_0000_0002L);
  private static final SourceRun RUN_318 = new SourceRun(ID, 318, 22L);
  private static final SourceRun RUN_301 = new SourceRun(ID, 301, null);
  private static final String TITLE = "Monthly Loan Payments, Worked Out Step by Step";
  private static final String TOPIC = "How to work out a monthly loan payment";

  private static final String ADDRESS = "https://example.org/guides/loan-payment";

  private ExampleArticles() {}

  static ArticlePage draft() {
    return page(TITLE, body(TITLE), List.of(), null, RunState.COMPLETED);
  }

  static ArticlePage reviewed() {
    return page(TITLE, body(TITLE), List.of(), "ada@example.org", RunState.COMPLETED);
  }

  /** The page after the submission of an invalid address. */
  static ArticlePage withInvalidAddress() {
    var fields =
        Fields.none()
            .with("address", "example.org")
            .refused(
                new Rejected("address", "Enter an address like https://example.org/blog/tea."));
    return new ArticlePage(draft().article(), draft().runs(), fields);
  }

  static ArticlePage withGaps() {
    var full = body(TITLE);
    var poor =
        new ArticleBody(
            "en",
            full.title(),
            full.lead(),
            NOW,
            3,
            null,
            "",
            null,
            full.contents(),
            null,
            null,
            full.sections(),
            null);
    return page(
        TITLE,
        poor,
        List.of(
            "There is no tool: its checks failed.",
            "There is no guide, because there is no tool.",
            "No question is answered."),
        null,
        RunState.COMPLETED_WITH_GAPS);
  }

  static ArticlePage unreadable(RunState state) {
    return page("Unbreakable".repeat(40), null, List.of(), null, state);
  }

  static ArticlePage rightToLeft() {
    var title = "كيف أحسب القسط الشهري للقرض؟ 🏡💶 " + "كلمة ".repeat(30);
    return page(title, body("ar", title), List.of(), null, RunState.RUNNING);
  }

  private static ArticlePage page(
      String name,
      @Nullable ArticleBody body,
      List<String> gaps,
      @Nullable String reviewer,
      RunState state) {
    var article =
        new ArticleView(
            ID,
            name,
            true,
            body,
            body == null ? null : quality(),
            Set.of(),
            gaps,
            body == null ? List.of() : parts(),
            body == null ? null : ExampleTools.report(gaps.isEmpty()),
            reviewer != null,
            reviewer,
            reviewer == null ? null : NOW.minusSeconds(4_000),
            reviewer == null ? null : ADDRESS,
            reviewer == null ? null : ADDRESS,
            ID,
            state);
    return new ArticlePage(
        article, List.of(run(318, state), run(301, RunState.FAILED)), Fields.none());
  }

  private static RunRow run(long number, RunState state) {
    return new RunRow(
        ID,
        number,
        TOPIC,
        "sandbox",
        state,
        null,
        8,
        8,
        9,
        true,
        "ada@example.org",
        NOW.minusSeconds(9_000));
  }

  private static ArticleBody body(String title) {
    return body("en", title);
  }

  private static ArticleBody body(String language, String title) {
    var blocks =
        IntStream.rangeClosed(1, 3)
            .mapToObj(
                i ->
                    new ArticleBody.Block(
                        "s1-" + i, "s1-" + i + "-heading", "What the rate does, part " + i, text()))
            .toList();
    var more =
        List.of(
            new ArticleBody.Block("s2-1", "s2-1-fixed", "Fixed or variable", text()),
            new ArticleBody.Block("s2-2", "s2-2-early", "Paying early", table()));
    return new ArticleBody(
        language,
        title,
        "A loan is three numbers and a rule. With them you can tell in a minute what a month will"
            + " cost, and what the whole will.",
        NOW,
        6,
        null,
        "Ada Example",
        new ArticleBody.Figure("/articles/" + ID + "/picture.png", "A house of coins", 1200, 630),
        List.of(
            new ArticleBody.Entry("tool", "Loan Payment Calculator", List.of()),
            new ArticleBody.Entry(
                "s1",
                "How a payment comes about",
                blocks.stream()
                    .map(b -> new ArticleBody.Entry(b.anchor(), b.title(), List.of()))
                    .toList()),
            new ArticleBody.Entry(
                "s2",
                "Choices and special cases",
                more.stream()
                    .map(b -> new ArticleBody.Entry(b.anchor(), b.title(), List.of()))
                    .toList()),
            new ArticleBody.Entry("faq", "Questions", List.of())),
        new ArticleBody.ToolPlace(
            "tool",
            "Loan Payment Calculator",
            "Type amount, rate and years; get the month.",
            "/t/" + ID + "/abc",
            null,
            420),
        new ArticleBody.Part(
            "guide",
            "How to use the Loan Payment Calculator",
            List.of(new ArticleBody.Block("what", "guide-what", "What it does", text()))),
        List.of(
            new ArticleBody.Part("s1", "How a payment comes about", blocks),
            new ArticleBody.Part("s2", "Choices and special cases", more)),
        new ArticleBody.Faq(
            "faq",
            "Questions",
            List.of(
                new ArticleBody.Answer("q1", "Can I pay more than the month asks?", text()),
                new ArticleBody.Answer("q2", "Is the rate the whole cost?", text()))));
  }

  private static Content text() {
    return html(
        "<p>The <strong>rate</strong> decides how much of the first payment is interest. Halve it,"
            + " and the share halves; the payment itself falls by less, because the amount has to"
            + " come back too.</p><ul><li>Early months pay mostly interest.</li><li>Late months pay"
            + " mostly the amount.</li></ul>");
  }

  private static Content table() {
    return html(
        "<p>What an extra payment saves:</p><table><thead><tr><th scope=\"col\">Extra a"
            + " month</th><th scope=\"col\">Months saved</th><th scope=\"col\">Interest"
            + " saved</th></tr></thead><tbody><tr><td>50</td><td>31</td><td>4,120</td></tr><tr><td>100</td><td>55</td><td>7,080</td></tr></tbody></table><blockquote><p>Ask"
            + " first whether the contract allows it.</p></blockquote>");
  }

  private static Content html(String html) {
    return output -> output.writeContent(html);
  }

  private static Quality quality() {
    return new Quality(
        92,
        List.of(
            new Quality.Group("Completeness", 20, 20, List.of()),
            new Quality.Group("Structure", 15, 15, List.of()),
            new Quality.Group("Tool", 17, 20, List.of("It was not run in a browser here.")),
            new Quality.Group("Originality inside the page", 10, 10, List.of()),
            new Quality.Group("Readability", 8, 10, List.of("One paragraph has 182 words.")),
            new Quality.Group(
                "Search data",
                9,
                10,
                List.of("The description has 132 characters; 140 to 160 are the aim.")),
            new Quality.Group("Plan fidelity", 8, 10, List.of()),
            new Quality.Group("Safety", 5, 5, List.of())),
        List.of(
            new Quality.Measure("Words", "3,120"),
            new Quality.Measure("Reading time", "14 min"),
            new Quality.Measure("Flesch reading ease", "58.2")),
        List.of(
            Quality.Check.of(
                "What the rate does, part 1",
                "s1-1-heading",
                "With 50 extra a month you save 4,120 of interest."),
            Quality.Check.of(
                "Is the rate the whole cost?", "q2", "The Federal Reserve has asked since 2019.")));
  }

  private static List<PartView> parts() {
    return List.of(
        part(PartName.PLAN, 1, "run", false, false),
        part(PartName.TOOL, 2, "run", false, false),
        part(PartName.REVIEW, 1, "run", false, false),
        part(PartName.GUIDE, 1, "run", false, true),
        part(PartName.SECTION_1, 3, "edit", true, false),
        part(PartName.SECTION_2, 1, "run", false, false),
        part(PartName.FAQ, 1, "run", false, false),
        part(PartName.IMAGE, 1, "local", false, false));
  }

  private static PartView part(
      PartName name, int version, String origin, boolean locked, boolean stale) {
    return new PartView(
        name,
        version,
        origin,
        locked,
        stale,
        stale ? List.of("The text under “How it works” was written for “What it is”.") : List.of(),
        origin.equals("edit") ? "ada@example.org" : null,
        NOW.minusSeconds(600));
  }

  static ArticleList list() {
    return ArticleList.of(
        ArticleFilter.NEWEST,
        List.of(
            row(TITLE, TOPIC, true, RunState.COMPLETED, 92),
            row(
                null,
                "Which 🥖 bread keeps longest in a hot kitchen, and how to store it?",
                false,
                RunState.RUNNING,
                null),
            row("A very long title ".repeat(14), TOPIC, false, RunState.COMPLETED_WITH_GAPS, 61),
            row(null, "Unbreakable".repeat(40), false, RunState.WAITING_KEYS, null),
            row(null, "كيف أحسب القسط الشهري؟", false, RunState.FAILED, null)));
  }

  private static ArticleRow row(
      @Nullable String title,
      String topic,
      boolean reviewed,
      RunState state,
      @Nullable Integer score) {
    return new ArticleRow(
        UUID.nameUUIDFromBytes((title + topic).getBytes(UTF_8)),
        title,
        topic,
        reviewed,
        true,
        score == null ? 0 : 3_120,
        score,
        score != null,
        score != null && score < 70,
        ID,
        state,
        NOW.minusSeconds(500_000));
  }

  static PartPage part(boolean locked, boolean comparing, @Nullable String sentence) {
    var article = draft().article();
    return new PartPage(
        article,
        PartName.SECTION_1,
        part(PartName.SECTION_1, 3, "edit", locked, true),
        List.of(
            new Version(3, true, "edit", null, "ada@example.org", NOW.minusSeconds(60)),
            new Version(2, false, "run", RUN_318, "ada@example.org", NOW.minusSeconds(6_000)),
            new Version(1, false, "run", RUN_301, "ada@example.org", NOW.minusSeconds(60_000))),
        "@@s1-1@@\n"
            + "The **rate** decides how much of the first payment is interest.\n\n"
            + "@@s1-2@@\n"
            + "Halve it, and the share halves.\n",
        comparing ? 2 : 3,
        sentence,
        comparing ? 1 : 0,
        comparing
            ? diff(
                new DiffLine("same", "@@s1-1@@"),
                new DiffLine("removed", "The rate is important."),
                new DiffLine(
                    "added", "The **rate** decides how much of the first payment is interest."),
                new DiffLine("same", "@@s1-2@@"))
            : null,
        null,
        Fields.none());
  }

  static PartPage picture() {
    return new PartPage(
        draft().article(),
        PartName.IMAGE,
        part(PartName.IMAGE, 1, "local", false, false),
        List.of(new Version(1, true, "local", RUN_318, "ada@example.org", NOW.minusSeconds(6_000))),
        "",
        1,
        null,
        0,
        null,
        null,
        Fields.none());
  }

  /** The page of a tool that failed its checks. */
  static PartPage omittedTool() {
    return new PartPage(
        withGaps().article(),
        PartName.TOOL,
        part(PartName.TOOL, 2, "run", false, false),
        List.of(
            new Version(2, true, "run", RUN_318, "ada@example.org", NOW.minusSeconds(60)),
            new Version(1, false, "run", RUN_301, "ada@example.org", NOW.minusSeconds(60_000))),
        "<!doctype html>",
        2,
        null,
        0,
        null,
        null,
        Fields.none());
  }

  static PartPage review() {
    return new PartPage(
        draft().article(),
        PartName.REVIEW,
        part(PartName.REVIEW, 1, "run", false, false),
        List.of(new Version(1, true, "run", RUN_318, "ada@example.org", NOW.minusSeconds(6_000))),
        "{\n  \"verdict\" : \"FIXED\"\n}",
        1,
        null,
        0,
        null,
        diff(
            new DiffLine("same", "const months = years * 12;"),
            new DiffLine("removed", "const payment = amount / years;"),
            new DiffLine("added", "const payment = amount * rate / (1 - (1 + rate) ** -months);")),
        Fields.none());
  }

  private static Diff diff(DiffLine... lines) {
    return Diff.of(List.of(lines));
  }

  static List<PoolNote> pools() {
    return List.of(
        new PoolNote(
            "openrouter",
            "OpenRouter",
            dev.keywheel.web.page.Severity.WARN,
            "Only 3 active keys, fewer than 5. The 4 limited or failed keys are tested first, all"
                + " at once.",
            List.of(
                "key4@gmail.com: rate limited, next check in 3 min (14:28:36 UTC)",
                "a-rather-long-mailbox-name.for-the-wheel@subdomain.example.com: failed"),
            2,
            13,
            false,
            List.of()),
        new PoolNote(
            "sandbox",
            "Sandbox",
            dev.keywheel.web.page.Severity.OK,
            "9 active keys. The operations get 7 different keys in turn.",
            List.of(),
            0,
            0,
            false,
            List.of("How much house can I afford?", "How much water should I drink a day?")));
  }
}
