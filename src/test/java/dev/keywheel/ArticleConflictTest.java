package dev.keywheel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.TestDatabase;
import java.util.List;
import java.util.Map;
import org.jsoup.nodes.Document;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Requests of a browser that has an older version of an article. */
@Tag("full")
class ArticleConflictTest {
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
  void copy() {
    article = app.copy(generated);
  }

  @Test
  void a_text_that_conflicts_with_a_newer_version_is_kept_and_can_replace_it() {
    var part = article + "/parts/section_1";
    var opened = admin.get(part).page().select("[name=source]").val();
    save(part, "1", opened.replaceFirst("@@\n", "$0Theirs. "));

    var mine = opened.replaceFirst("@@\n", "$0Mine. ");
    var refused = save(part, "1", mine);

    assertThat(refused.status()).isEqualTo(409);
    assertThat(refused.text())
        .contains("Version 2 was saved after you opened it; yours is based on version 1.")
        .contains("From version 1 to version 2");
    assertThat(refused.page().select(".diff-added").text()).contains("Theirs.");
    assertThat(refused.page().select("[name=source]").val()).isEqualTo(mine);
    var basedOn = refused.page().select("[name=based_on]").val();
    assertThat(save(part, basedOn, mine).status()).isEqualTo(303);
    assertThat(admin.get(part).page().select("[name=source]").val()).contains("Mine.");
  }

  @Test
  void a_public_address_that_another_user_set_is_not_overwritten_unseen() {
    var opened = basis(admin.get(article).page());
    setAddress("https://example.org/theirs", opened);

    var refused = setAddress("https://example.org/mine", opened);

    assertThat(refused.status()).isEqualTo(422);
    assertThat(refused.page().select(".field-error").text())
        .startsWith("The address was changed after you opened this page to “")
        .contains("https://example.org/theirs");
    assertThat(refused.page().select("[name=address]").val()).isEqualTo("https://example.org/mine");
    var seen = basis(refused.page());
    assertThat(setAddress("https://example.org/mine", seen).status()).isEqualTo(303);
    assertThat(admin.get(article).page().select("[name=address]").val())
        .isEqualTo("https://example.org/mine");
  }

  /** At the end the stored bytes are not a picture, so an attempt to scale them would fail. */
  @Test
  void a_small_picture_that_has_not_changed_is_not_scaled_again() {
    String path = article + "/picture.png?size=small";
    String tag = admin.get(path).header("ETag").orElseThrow();
    assertThat(tag).isNotEqualTo(admin.get(article + "/picture.png").header("ETag").orElseThrow());
    app.asOwner(
        "update parts set image = '\\x00' where image is not null and article_id = '%s'"
            .formatted(article.substring(article.lastIndexOf('/') + 1)));
    assertThat(admin.get(path, "If-None-Match", tag).status()).isEqualTo(304);
  }

  private static String basis(Document page) {
    return page.select("form[action$=/address] [name=based_on]").val();
  }

  private HttpBrowser.Answer setAddress(String address, String basedOn) {
    return admin.post(article + "/address", "address", address, "based_on", basedOn);
  }

  @Test
  void a_text_that_cannot_be_saved_is_kept_with_the_reason_at_its_field() {
    var refused = save(article + "/parts/section_1", "1", "No marker lines.");
    assertThat(refused.status()).isEqualTo(422);
    var text = refused.page().selectFirst("[name=source]");
    assertThat(text.val()).isEqualTo("No marker lines.");
    assertThat(text.attr("aria-invalid")).isEqualTo("true");
    assertThat(text.attr("aria-describedby")).isEqualTo("e-source h-source");
    assertThat(refused.page().select("#e-source").text()).contains("needs its marker lines");
    assertThat(refused.page().select("main .notice")).isEmpty();
  }

  @Test
  void a_review_of_a_page_with_an_older_version_is_refused_even_after_ticks_on_that_page() {
    var shown = admin.get(article).page();
    var now = versions(shown);
    assertThat(now).contains("section_1:1");
    var older = now.replace("section_1:1", "section_1:0");
    for (var claim : shown.select("button[name=check]").eachAttr("value")) {
      shown = check(article, claim, older).page();
    }
    assertThat(versions(shown)).isEqualTo(older);
    assertThat(review(article, older))
        .contains("Section 1 was changed after you opened the page.")
        .doesNotContain("Reviewed by");
    assertThat(review(article, now)).contains("Reviewed by");
  }

  @Test
  void a_review_from_a_page_of_the_previous_version_asks_the_user_to_read_the_page_again() {
    for (var claim : admin.get(article).page().select("button[name=check]").eachAttr("value")) {
      check(article, claim, "");
    }
    assertThat(review(article, ""))
        .contains("The page was opened before Keywheel was upgraded and had to be reloaded.")
        .doesNotContain("was changed after you opened the page", "Reviewed by");
    assertThat(review(article, versions(admin.get(article).page()))).contains("Reviewed by");
  }

  private static String versions(Document page) {
    return page.select("form[action$=/review] [name=versions]").val();
  }

  private HttpBrowser.Answer check(String article, String claim, String versions) {
    return admin.postRaw(
        article + "/checks",
        List.of(
            Map.entry("csrf", admin.token()),
            Map.entry("check", claim),
            Map.entry("versions", versions)),
        "Sec-Fetch-Site",
        "same-origin",
        "HX-Request",
        "true");
  }

  private String review(String article, String versions) {
    admin.post(article + "/review", "reviewed", "true", "versions", versions);
    return admin.get(article).text();
  }

  private HttpBrowser.Answer save(String part, String basedOn, String source) {
    return admin.post(
        part + "/versions",
        List.of(Map.entry("based_on", basedOn), Map.entry("source", source)),
        admin.token());
  }
}
