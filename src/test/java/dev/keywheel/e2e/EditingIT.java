package dev.keywheel.e2e;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import dev.keywheel.RunningApp;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.Look;
import dev.keywheel.support.PageChecks;
import java.nio.file.Files;
import java.util.List;
import java.util.regex.Pattern;
import org.jsoup.Jsoup;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * One article edited in a browser: parts are edited, compared, restored, locked and regenerated.
 * Each test first brings the parts that it needs into the required state.
 */
@Tag("full")
class EditingIT {
  private static final String MARK = "A sentence that a person wrote, <b>not bold</b>.";
  @AutoClose private static final RunningApp app = RunningApp.withAdministrator();
  private static final String article = Visitor.newArticle(app);

  @RegisterExtension final Chromium chromium = new Chromium();
  private Visitor visitor;
  private Page page;

  @BeforeEach
  void openArticle() {
    visitor = new Visitor(app, chromium.open(Look.DESKTOP, app.cookies()));
    page = visitor.page;
    visitor.open(article);
  }

  @Test
  void a_text_of_a_user_is_checked_by_the_same_rules_as_one_of_a_model() {
    openPart("Section 1");
    var text = source().inputValue();
    assertThat(text).startsWith("@@s1-1@@");
    var written =
        text.replaceFirst(
            "@@s1-1@@\n",
            "@@s1-1@@\n"
                + MARK
                + " <script>window.hacked = 1</script> [a link](https://example.org/a) and"
                + " [another](javascript:alert(1)) ![p](https://example.org/p.png)"
                + " <img src=x onerror=alert(1)>\n\n");
    source().fill(written);
    visitor.press("Save as a new version");
    assertThat(page.getByText("Section 1 saved and locked: runs do not overwrite it.")).isVisible();
    assertThat(page.locator("h1")).containsText("Locked");

    visitor.open(article);
    var section = page.locator("#s1");
    assertThat(section).containsText(MARK);
    assertThat(section.locator("script, img, b")).hasCount(0);
    var links = section.locator("a:not(.pencil)");
    assertThat(links).hasCount(1);
    assertThat(links).hasAttribute("href", "https://example.org/a");
    assertThat(links).hasAttribute("rel", "nofollow noopener");
    assertThat(page.evaluate("() => window.hacked")).isNull();
    PageChecks.assertGoodPage(page);
  }

  @Test
  void a_text_without_its_markers_is_refused_and_stays_in_the_field() {
    chromium.tolerate("422");
    openPart("Section 1");
    source().fill("No marker here.");
    visitor.press("Save as a new version");
    assertThat(textError()).containsText("needs its marker lines");
    assertThat(source()).hasValue("No marker here.");
    source().fill("@@s9-9@@\nNo such block.\n@@s1-1@@\nOne.");
    visitor.press("Save as a new version");
    assertThat(textError()).containsText("There is no block @@s9-9@@");
  }

  private Locator textError() {
    return page.locator(".field:has(textarea[aria-invalid=true]) .field-error");
  }

  @Test
  void saving_an_unchanged_text_creates_no_version() {
    openPart("Section 1");
    var versions = page.getByText("Version ").count();
    visitor.press("Save as a new version");
    assertThat(page.getByText("No change: Section 1 stays as it was.")).isVisible();
    assertThat(page.getByText("Version ")).hasCount(versions);
  }

  @Test
  void versions_are_compared_and_an_old_one_is_restored() {
    writeMark();
    openPart("Section 1");
    visitor.follow("Compare version 1 with the current one");
    assertThat(page.locator(".diff-added").first()).containsText(MARK);
    assertThat(page.locator(".diff-added").first()).isInViewport();
    assertThat(page.locator(".diff-removed")).hasCount(0);
    PageChecks.assertGood(page, "compare");
    var below =
        "document.documentElement.scrollHeight -"
            + " document.querySelector('main').getBoundingClientRect().bottom";
    assertThat(((Number) page.evaluate(below + " - scrollY")).doubleValue()).isLessThan(200);
    visitor.press("Restore version 1");
    assertThat(page.getByText("Version 1 restored as a new version.")).isVisible();
    assertThat(source()).not().hasValue(Pattern.compile(Pattern.quote(MARK)));
    visitor.open(article);
    assertThat(page.locator("#s1")).not().containsText(MARK);
    openPart("Section 1");
    visitor.press("Restore version 2");
    assertThat(page.getByText("Version 2 restored as a new version.")).isVisible();
    visitor.open(article);
    assertThat(page.locator("#s1")).containsText(MARK);
  }

  @Test
  void an_edit_of_an_older_version_is_refused_with_a_message() {
    chromium.tolerate("409");
    openPart("FAQ");
    var other = page.context().newPage();
    other.navigate(page.url());
    other.getByLabel("Text of FAQ").fill(source().inputValue().replaceFirst("@@\n", "@@\nFirst. "));
    other
        .getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Save as a new version"))
        .click();
    assertThat(other.getByText("FAQ saved and locked")).isVisible();
    source().fill(source().inputValue().replaceFirst("@@\n", "@@\nSecond. "));
    visitor.press("Save as a new version");
    assertThat(page.getByRole(AriaRole.ALERT))
        .containsText(Pattern.compile("Version \\d+ was saved after you opened it"));
    assertThat(source()).hasValue(Pattern.compile("Second\\. "));
  }

  @Test
  void one_block_of_a_section_is_regenerated_by_its_operation_alone() {
    assertThat(PageChecks.controls(page))
        .contains(
            "link \"Download HTML\"",
            "link \"Download Markdown\"",
            "link \"Download ZIP\"",
            "link \"Download JSON\"",
            "link \"Download WordPress file\"",
            "link \"Tool review\"",
            "link \"Regenerate\"");
    PageChecks.assertUsableByKeyboard(page);
    openPart("Section 2");
    if (visitor.button("Unlock").isVisible()) {
      visitor.press("Unlock");
    }
    assertThat(visitor.button("Regenerate")).isVisible();
    assertThat(PageChecks.controls(page))
        .contains(
            "textbox \"Text of Section 2\"",
            "button \"Save as a new version\"",
            "combobox \"Scope\"",
            "textbox \"Instruction\"",
            "button \"Regenerate\"",
            "button \"Lock this part\"");
    var before = blocks(source().inputValue());
    page.getByLabel("Scope").selectOption("s2-2");
    page.getByLabel("Instruction").fill("for beginners");
    visitor.press("Regenerate");
    page.waitForURL(app.url() + "/runs/*");
    visitor.awaitRun("Completed");
    var log = String.join("\n", visitor.downloadedLog());
    assertThat(log).contains("(operation 6/7)").contains("Section 2 Generator completed");
    assertThat(log).doesNotContain("(operation 5/7)");

    visitor.open(article + "/parts/section_2");
    var after = blocks(source().inputValue());
    assertThat(after).hasSameSizeAs(before);
    for (int i = 0; i < before.size(); i++) {
      if (i == 1) {
        assertThat(after.get(i)).isNotEqualTo(before.get(i));
      } else {
        assertThat(after.get(i)).isEqualTo(before.get(i));
      }
    }
  }

  @Test
  void a_locked_part_cannot_be_regenerated_until_it_is_unlocked() {
    writeMark();
    openPart("Section 1");
    assertThat(visitor.button("Regenerate")).hasCount(0);
    visitor.press("Unlock");
    assertThat(visitor.button("Regenerate")).isVisible();
    visitor.press("Lock this part");
    assertThat(visitor.button("Unlock")).isVisible();
  }

  @Test
  void a_new_tool_makes_the_guide_outdated() {
    openPart("Tool");
    source().fill(source().inputValue().replaceFirst("</h", " anew</h"));
    visitor.press("Save as a new version");
    assertThat(page.getByText("Tool saved and locked: runs do not overwrite it.")).isVisible();
    visitor.open(article);
    var guide = parts().filter(new Locator.FilterOptions().setHasText("Guide"));
    assertThat(guide).containsText("Out of date");
    assertThat(page.locator(".checked")).containsText("Edited by a user.");
  }

  @Test
  void a_review_lists_the_parts_edited_since_until_the_next_review() {
    visitor.review();
    assertThat(page.locator(".article-side")).containsText("Reviewed by " + Visitor.EMAIL);
    openPart("Section 2");
    source().fill(source().inputValue().replaceFirst("@@\n", "@@\nOne word more. "));
    visitor.press("Save as a new version");
    assertThat(page.getByText("Section 2 saved and locked")).isVisible();
    visitor.open(article);
    assertThat(page.locator(".article-side")).containsText(": changes in Section 2.");
    visitor.review();
    assertThat(page.locator(".article-side")).not().containsText("changes in");
  }

  @Test
  void the_whole_article_is_regenerated_except_for_locked_parts() {
    writeMark();
    if (visitor.button("Mark as reviewed").isVisible()) {
      visitor.review();
    }
    visitor.follow("Regenerate");
    assertThat(page.getByLabel("Topic")).hasValue("How to work out a discount in percent");
    assertThat(page.locator(".notice").first())
        .containsText(Pattern.compile("Locked, not regenerated: .*Section 1"));
    PageChecks.assertGood(page, "article-again");
    page.getByText("Options").click();
    page.getByLabel("Audience").fill("shopkeepers");
    visitor.press("Generate article");
    page.waitForURL(app.url() + "/runs/*");
    visitor.awaitRun("Completed");
    var log = String.join("\n", visitor.downloadedLog());
    assertThat(log)
        .contains("Section 1 Generator: a user's version is locked and was kept")
        .contains("Guide Generator completed successfully");

    visitor.open(article);
    assertThat(page.locator("#s1")).containsText(MARK);
    assertThat(page.locator(".article-side"))
        .containsText("Draft again after the review by " + Visitor.EMAIL);
    assertThat(parts().filter(new Locator.FilterOptions().setHasText("Plan")))
        .containsText("version 2");
    visitor.open(article + "/again");
    assertThat(page.getByLabel("Audience")).hasValue("shopkeepers");
  }

  @Test
  void downloads_contain_the_address_that_an_editor_entered() throws Exception {
    chromium.tolerate("422");
    page.getByText("Public address").click();
    page.getByLabel("Address of this article").fill("example.org/discount");
    visitor.press("Save address");
    assertThat(page.locator(".field-error")).containsText("Enter an address like https://");
    assertThat(page.getByLabel("Address of this article")).hasValue("example.org/discount");
    page.getByLabel("Address of this article").fill("https://example.org/discount");
    visitor.press("Save address");
    page.getByText("Public address").click();
    assertThat(page.locator(".article-side")).containsText("https://example.org/discount");
    var file = page.waitForDownload(() -> visitor.follow("Download HTML")).path();
    var html = Jsoup.parse(Files.readString(file));
    assertThat(html.select("link[rel=canonical]").attr("href"))
        .isEqualTo("https://example.org/discount");
    assertThat(html.select("meta[property=og:image]").attr("content"))
        .isEqualTo("https://example.org/images/cover.png");
  }

  /** Makes Section 1 a locked version with {@link #MARK}; the article is open afterwards. */
  private void writeMark() {
    openPart("Section 1");
    if (!source().inputValue().contains(MARK)) {
      source().fill(source().inputValue().replaceFirst("@@s1-1@@\n", "@@s1-1@@\n" + MARK + "\n\n"));
      visitor.press("Save as a new version");
      assertThat(page.getByText("Section 1 saved")).isVisible();
    } else if (visitor.button("Lock this part").isVisible()) {
      visitor.press("Lock this part");
    }
    visitor.open(article);
  }

  private void openPart(String label) {
    page.locator(".part-list")
        .getByText(label, new Locator.GetByTextOptions().setExact(true))
        .click();
    page.waitForURL(app.url() + article + "/parts/*");
  }

  private Locator parts() {
    return page.locator(".part-list li");
  }

  private Locator source() {
    return page.getByLabel(Pattern.compile("^Text of "));
  }

  private static List<String> blocks(String source) {
    return List.of(source.split("(?m)^(?=@@)"));
  }
}
