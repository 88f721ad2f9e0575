package dev.keywheel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.TestDatabase;
import java.util.List;
import java.util.Map;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.FormElement;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The review of an article, on its pages and in its downloads. */
@Tag("full")
class ArticleReviewTest {
  @AutoClose private static final RunningApp app = RunningApp.withoutBrowser(TestDatabase.create());
  private static final HttpBrowser admin = app.administrator();
  private static String generated = "";
  private String article = "";

  @BeforeAll
  static void generate() {
    admin.post("/keys/samples");
    generated = app.generate("tea");
    app.tickMostClaims(generated);
  }

  @BeforeEach
  void reviewedArticle() {
    article = app.copy(generated);
    for (var claim : page().select("button[name=check]").eachAttr("value")) {
      admin.post(article + "/checks", "check", claim);
    }
    var versions = page().select("form[action$=/review] [name=versions]").val();
    admin.post(article + "/review", "reviewed", "true", "versions", versions);
    assertThat(states()).containsOnly("Reviewed");
    assertThat(download("html")).contains("index, follow").doesNotContain("noindex");
    assertThat(download("json")).doesNotContain("\"reviewed\":null");
  }

  @Test
  void an_edit_withdraws_the_review_on_each_page_and_in_each_download() {
    edit("One word more.");
    isDraft();
    assertThat(page().select("#review").text())
        .contains("Draft again after the review by")
        .contains("changes in Section 1.");
  }

  @Test
  void undo_of_an_edit_restores_the_review_that_it_withdrew() {
    edit("One word more.");
    var first = undoAddress();
    edit("Two words more.");
    admin.post(undoAddress());
    isDraft();

    admin.post(first);
    assertThat(states()).containsOnly("Reviewed");
    assertThat(page().select("#review").text()).contains("Reviewed by");
    assertThat(download("html")).doesNotContain("noindex");
  }

  @Test
  void undo_of_new_details_restores_the_review_that_they_withdrew() {
    var form = admin.get(article + "/details").page().selectFirst("form[action$=/details]");
    form.selectFirst("[name=title]").val("Another title");
    admin.post(
        article + "/details",
        ((FormElement) form).formData().stream().map(f -> Map.entry(f.key(), f.value())).toList(),
        admin.token());
    var undo = undoAddress();
    isDraft();

    admin.post(undo);
    assertThat(states()).containsOnly("Reviewed");
  }

  @Test
  void undo_of_an_edit_leaves_a_draft_if_a_claim_was_unticked_since_then() {
    edit("One word more.");
    var page = page();
    admin.post(article + "/checks", "uncheck", page.select("button[name=uncheck]").val());
    admin.post(page.select("form[action*=/undo]").attr("action"));
    isDraft();
  }

  @Test
  void undo_of_an_edit_of_a_draft_leaves_it_a_draft() {
    var claim = page().select("button[name=uncheck]").val();
    admin.post(article + "/checks", "uncheck", claim);
    admin.post(article + "/checks", "check", claim);
    edit("One word more.");
    admin.post(undoAddress());
    isDraft();
  }

  /** Where the page, opened for the first time after an edit, sends its undo. */
  private String undoAddress() {
    return page().select("form[action*=/undo]").attr("action");
  }

  @Test
  void an_unticked_claim_withdraws_the_review() {
    admin.post(article + "/checks", "uncheck", page().select("button[name=uncheck]").val());
    isDraft();
    assertThat(page().select("#review").text()).contains("a claim was unticked.");
  }

  @Test
  void an_unticked_claim_replaces_the_state_on_the_page() {
    var claim = page().select("button[name=uncheck]").val();
    var answer =
        admin.postRaw(
            article + "/checks",
            List.of(Map.entry("csrf", admin.token()), Map.entry("uncheck", claim)),
            "Sec-Fetch-Site",
            "same-origin",
            "HX-Request",
            "true");
    var state = answer.page().select("hx-partial[hx-target=#article-state]");
    assertThat(state.text()).isEqualTo("Draft");
    assertThat(answer.page().select("#review").text()).contains("a claim was unticked.");
  }

  @Test
  void an_error_from_an_edit_is_not_blamed_on_the_run() {
    edit("<p>Add one.</p>");
    assertThat(page().select("#article-gaps").text())
        .contains("shows HTML tags as text: <p>")
        .contains("The last run completed without gaps. Edit the text")
        .doesNotContain("Open the last run");
  }

  @Test
  void a_part_of_an_article_in_the_trash_says_where_the_article_is() {
    admin.post(article + "/deletion");
    assertThat(admin.get(article + "/parts/section_1").text())
        .contains("This article is in the trash.");
  }

  private void isDraft() {
    assertThat(states()).containsOnly("Draft");
    assertThat(download("html")).contains("noindex").contains("not yet reviewed");
    assertThat(download("json")).contains("\"reviewed\":null").contains("\"reviewed_by\":\"\"");
  }

  /** The state on the page of the article, in the list and on the dashboard. */
  private List<String> states() {
    var link = "[href=" + article + "]";
    return List.of(
        page().select("#article-state").text(),
        admin.get("/articles").page().select(".article-row:has(" + link + ") .badge").text(),
        admin.get("/").page().select("li:has(" + link + ") .line-side span:nth-child(2)").text());
  }

  private void edit(String text) {
    page(); // takes the message of the change before
    var block = article + "/parts/section_1/blocks/s1-1";
    var form = admin.get(block).page();
    var answer =
        admin.post(
            block,
            List.of(
                Map.entry("based_on", form.select("[name=based_on]").val()),
                Map.entry("heading_before", form.select("[name=heading_before]").val()),
                Map.entry("heading", form.select("[name=heading]").val()),
                Map.entry("text", text)),
            admin.token());
    assertThat(answer.status()).isEqualTo(303);
  }

  private Document page() {
    return admin.get(article).page();
  }

  private String download(String format) {
    return admin.get(article + "/downloads/" + format).body();
  }
}
