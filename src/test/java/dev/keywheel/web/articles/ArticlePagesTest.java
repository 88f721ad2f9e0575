package dev.keywheel.web.articles;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.Media;
import dev.keywheel.article.edit.NewArticle;
import dev.keywheel.article.edit.Versions.Version;
import dev.keywheel.article.tool.BrowserCheck;
import dev.keywheel.article.tool.Finding;
import dev.keywheel.article.tool.Review;
import dev.keywheel.article.view.ArticleFilter;
import dev.keywheel.article.view.ArticleFilter.Which;
import dev.keywheel.article.view.ToolReport;
import dev.keywheel.problem.Rejected;
import dev.keywheel.run.RunState;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.Gallery;
import dev.keywheel.support.Look;
import dev.keywheel.support.PageChecks;
import dev.keywheel.web.page.PageMeta;
import dev.keywheel.web.page.Section;
import dev.keywheel.web.page.Severity;
import gg.jte.Content;
import gg.jte.generated.precompiled.Templates;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@Tag("full")
class ArticlePagesTest {
  @AutoClose private static final Gallery gallery = new Gallery();

  @RegisterExtension final Chromium chromium = new Chromium();

  @Test
  void an_article_is_accessible_in_every_state_theme_and_width() {
    assertGood("article-draft", t -> t.articlesPage(ExampleArticles.draft()));
    assertGood("article-reviewed", t -> t.articlesPage(ExampleArticles.reviewed()));
    assertGood("article-wrong-address", t -> t.articlesPage(ExampleArticles.withInvalidAddress()));
    assertGood("article-gaps", t -> t.articlesPage(ExampleArticles.withGaps()));
    assertGood("article-none", t -> t.articlesPage(ExampleArticles.unreadable(RunState.FAILED)));
    assertGood("article-rtl", t -> t.articlesPage(ExampleArticles.rightToLeft()));
  }

  @Test
  void a_printed_page_shows_only_the_article_with_all_its_answers() {
    var page = show(Look.DESKTOP, t -> t.articlesPage(ExampleArticles.reviewed()));
    page.emulateMedia(new Page.EmulateMediaOptions().setMedia(Media.PRINT));
    assertThat(
            page.evaluate(
                """
                () => {
                  const paper = document.querySelector('.article-paper');
                  return [...document.body.querySelectorAll('*')]
                    .filter(e => !paper.contains(e) && !e.contains(paper))
                    .filter(e => e.getClientRects().length && getComputedStyle(e).visibility === 'visible')
                    .map(e => e.outerHTML.slice(0, 80));
                }\
                """))
        .isEqualTo(List.of());
    assertThat(
            page.evaluate(
                """
                () => [...document.querySelectorAll('.article-answer p')].every(
                  p => p.clientHeight > 0 && p.checkVisibility({ contentVisibilityAuto: true }))\
                """))
        .as("the answers too")
        .isEqualTo(true);
    Chromium.shot(page, "article-on-paper");
  }

  @Test
  void the_list_is_accessible_empty_with_a_few_rows_and_without_a_match() {
    assertGood("articles", t -> t.articlesIndex(ExampleArticles.list()));
    assertGood(
        "articles-empty", t -> t.articlesIndex(ArticleList.of(ArticleFilter.NEWEST, List.of())));
    assertGood(
        "articles-no-match",
        t ->
            t.articlesIndex(
                ArticleList.of(new ArticleFilter("zebra", Which.GAPS, null, false), List.of())));
  }

  @Test
  void the_form_is_accessible_empty_refused_and_with_open_options() {
    var empty = NewArticlePage.about("", ExampleArticles.pools(), "openrouter");
    assertGood("article-new", t -> t.articlesForm(empty));
    var refused =
        NewArticlePage.refused(
            NewArticle.of("x".repeat(520), "sandbox"),
            ExampleArticles.pools(),
            new Rejected("topic", "The topic has 520 characters; up to 500 are allowed."),
            null);
    assertGood("article-new-refused", t -> t.articlesForm(refused));
    var options =
        NewArticlePage.refused(
            new NewArticle(
                "Loans",
                "sandbox",
                "klingon!",
                "",
                "dry",
                dev.keywheel.article.plan.Length.LONG,
                "a, b",
                "",
                dev.keywheel.run.RunMode.SEQUENTIAL,
                Map.of()),
            ExampleArticles.pools(),
            new Rejected("language", "“klingon!” is not a language code. Examples: en, de, pt-BR."),
            null);
    assertGood("article-new-options", t -> t.articlesForm(options));
  }

  @Test
  void a_part_is_accessible_while_edited_compared_and_locked() {
    assertGood("part", t -> t.articlesPart(ExampleArticles.part(false, false, null)));
    assertGood("part-review", t -> t.articlesPart(ExampleArticles.review()));
    assertGood("part-diff", t -> t.articlesPart(ExampleArticles.part(true, true, null)));
    assertGood(
        "part-refused",
        t ->
            t.articlesPart(
                ExampleArticles.part(
                    false, false, "Another user saved version 4. Yours is still in the field.")));
  }

  @Test
  void a_version_names_its_run_and_the_example_instruction_fits_the_part() {
    var part = ExampleArticles.part(false, false, null);
    assertThat(part.originText(part.versions().get(0))).isEqualTo("edited by ada@example.org");
    assertThat(part.originText(part.versions().get(1)))
        .isEqualTo("made in run 318, started by ada@example.org");
    var run = part.versions().get(1).run();
    var moved = new Version(4, true, "restore", run, "grace@example.org", Instant.EPOCH);
    assertThat(part.originText(moved)).isEqualTo("restored by grace@example.org");
    assertThat(part.versions().stream().map(part::replyPath))
        .containsExactly("", "/runs/" + ExampleArticles.ID + "/attempts/22/reply", "");
    assertThat(part.example()).contains("for beginners");
    assertThat(ExampleArticles.picture().example()).contains("colours").doesNotContain("beginners");
  }

  @Test
  void no_page_states_that_a_rejected_tool_is_published() {
    assertGood("part-left-out", t -> t.articlesPart(ExampleArticles.omittedTool()));
    var page =
        gallery.show(
            chromium,
            Look.DESKTOP,
            PageMeta.of("Tool", Section.ARTICLES),
            t -> t.articlesPart(ExampleArticles.omittedTool()));
    var words = page.locator("main").innerText();
    assertThat(words.contains("Not on the page: its checks failed.")).as(words).isTrue();
    assertThat(words.contains("Checks failed")).as(words).isTrue();
    assertThat(words.contains("On the page") || words.contains("is on the page"))
        .as(words)
        .isFalse();
  }

  @Test
  void a_verdict_that_the_checks_overruled_does_not_look_like_a_pass() {
    var seen = ExampleTools.report(true);
    var tool =
        new ToolReport(
            false,
            seen.maker(),
            Review.Verdict.PASS,
            "Rejected: the better of the versions still has 1 error.",
            seen.issues(),
            seen.browser(),
            seen.browserWhy(),
            seen.tests(),
            seen.findings(),
            "");
    assertThat(ToolMessages.verdict(tool)).isEqualTo("Pass, overruled by the checks");
    assertThat(ToolMessages.verdictTone(tool)).isEqualTo(Severity.WARN);
    assertThat(ToolMessages.verdict(ExampleTools.report(true))).isEqualTo("Fixed");
  }

  @Test
  void a_finding_of_the_browser_does_not_count_as_a_rule_violation() {
    var seen = ExampleTools.report(false);
    var tool =
        new ToolReport(
            false,
            "generator",
            null,
            "",
            List.of(),
            BrowserCheck.State.FAILED,
            "something went wrong",
            List.of(),
            List.of(
                new Finding("H09", Finding.Severity.ERROR, 0, "Two sources agree."),
                new Finding("T16", Finding.Severity.WARNING, 0, "There is no viewport.")),
            seen.code());
    assertThat(ToolMessages.errors(tool.byRules())).isEqualTo("No errors");
    assertThat(ToolMessages.warnings(tool.byRules())).isEqualTo("1 warning");
    assertThat(ToolMessages.errors(tool.inBrowser())).isEqualTo("1 error");
    assertThat(ToolMessages.warnings(tool.inBrowser())).isEmpty();
    assertThat(ToolMessages.label(BrowserCheck.State.NOT_COMPARED)).isEqualTo("Not compared");
    assertThat(ToolMessages.tone(BrowserCheck.State.NOT_COMPARED)).isEqualTo(Severity.WARN);
  }

  @Test
  void only_the_note_of_the_chosen_provider_is_shown() {
    var page =
        show(
            Look.DESKTOP,
            t -> t.articlesForm(NewArticlePage.about("", ExampleArticles.pools(), "openrouter")));
    assertThat(page.getByText("Only 3 active keys")).isVisible();
    assertThat(page.getByText("9 active keys.")).isHidden();
    assertThat(page.getByText("Show 13 disabled keys"))
        .hasAttribute("href", "/keys?status=disabled&provider=openrouter");
    page.getByLabel("Provider").selectOption("sandbox");
    assertThat(page.getByText("Only 3 active keys")).isHidden();
    assertThat(page.getByText("9 active keys.")).isVisible();
  }

  @Test
  void without_javascript_the_notes_of_all_providers_are_shown() {
    var page =
        show(
            Look.DESKTOP.withoutJavaScript(),
            t -> t.articlesForm(NewArticlePage.about("", ExampleArticles.pools(), "openrouter")));
    assertThat(page.getByText("Only 3 active keys")).isVisible();
    assertThat(page.getByText("9 active keys.")).isVisible();
  }

  @Test
  void the_form_has_its_labels_and_counts_the_characters_of_the_topic() {
    var page =
        show(
            Look.PHONE,
            t -> t.articlesForm(NewArticlePage.about("", ExampleArticles.pools(), "sandbox")));
    page.getByLabel("Topic").fill("🚲".repeat(501));
    assertThat(page.getByText("501 of 500 characters")).isVisible();
    assertThat(
            page.getByRole(
                AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Generate article")))
        .isVisible();
  }

  @Test
  void in_a_short_window_the_button_covers_no_field() {
    var page =
        show(
            Look.DESKTOP,
            t -> t.articlesForm(NewArticlePage.about("", ExampleArticles.pools(), "sandbox")));
    page.setViewportSize(640, 400);
    page.getByLabel("Topic").focus();
    assertThat(
            page.evaluate(
                """
                () => {
                  const field = document.activeElement;
                  const box = field.getBoundingClientRect();
                  return document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2) === field;
                }\
                """))
        .isEqualTo(true);
  }

  private void assertGood(String name, Function<Templates, Content> shown) {
    var page = show(Look.DESKTOP, shown);
    PageChecks.assertGood(page, name);
    page.context().close();
  }

  private Page show(Look look, Function<Templates, Content> shown) {
    return gallery.show(chromium, look, PageMeta.of("Article", Section.ARTICLES), shown);
  }
}
