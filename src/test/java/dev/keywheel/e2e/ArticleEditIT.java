package dev.keywheel.e2e;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.FilePayload;
import dev.keywheel.RunningApp;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.Interception;
import dev.keywheel.support.Look;
import dev.keywheel.support.PageChecks;
import dev.keywheel.support.Polls;
import dev.keywheel.support.TestDatabase;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Editing an article on the page on which it is read. */
@Tag("full")
class ArticleEditIT {
  @AutoClose private static final RunningApp app = RunningApp.withoutBrowser(TestDatabase.create());
  private static final String original = Visitor.newArticle(app);

  @RegisterExtension final Chromium chromium = new Chromium();
  private String articlePath;
  private Visitor visitor;

  /** Gives the test an article of its own. */
  @BeforeEach
  void openCopy() {
    articlePath = app.copy(original);
    visitor = new Visitor(app, chromium.open(Look.DESKTOP, app.cookies()));
    visitor.open(articlePath);
  }

  private Locator block(String id) {
    return visitor.page.locator("#block-" + id);
  }

  @Test
  void a_typo_is_fixed_in_two_clicks_on_the_page_of_the_article() {
    var block = block("section_1-s1-1");
    block.locator(".pencil").click();
    var text = block.locator("textarea");
    assertThat(text).isFocused();
    text.fill("Take the price and the *percentage*.");
    assertThat(block.locator(".word-diff ins").first()).isVisible();
    assertThat(block.locator(".preview-text em")).hasText("percentage");
    PageChecks.assertGood(visitor.page, "article-edit-in-place");
    block.getByText("Save", new Locator.GetByTextOptions().setExact(true)).click();

    assertThat(block.locator("section em")).hasText("percentage");
    assertThat(block.locator("form")).hasCount(0);
    assertThat(block.locator(".pencil")).isFocused();
    assertThat(visitor.page.locator(".toast")).containsText("Saved.");
    assertThat(visitor.page.url()).endsWith(articlePath);

    visitor.page.locator(".toast button").click();
    assertThat(visitor.page.locator(".notice").first()).containsText("Undone.");
    assertThat(block.locator("section em")).hasCount(0);

    block.locator(".pencil").click();
    text.fill("Take the price and the *discount*.");
    block.getByText("Save", new Locator.GetByTextOptions().setExact(true)).click();
    assertThat(visitor.page.locator(".toast")).containsText("Saved.");
    assertThat(visitor.page.locator(".flash")).hasCount(0);
  }

  @Test
  void a_save_in_place_withdraws_the_review_on_the_open_page() {
    visitor.review();
    var state = visitor.page.locator("#article-state");
    assertThat(state).hasText("Reviewed");
    var block = block("section_1-s1-2");
    block.locator(".pencil").click();
    block.locator("textarea").fill("<p>Pay 17 euros in 1999.</p>");
    assertThat(block.locator(".preview-text")).containsText("17 euros");
    assertThat(block.locator("textarea")).isFocused();
    block.getByText("Save", new Locator.GetByTextOptions().setExact(true)).click();
    assertThat(state).hasText("Draft");
    assertThat(visitor.page.locator("#review")).containsText("changes in Section 1.");
    assertThat(visitor.page.locator("#claims")).containsText("17 euros in 1999");
    assertThat(visitor.page.locator("#article-gaps")).containsText("<p>");
    assertThat(block.locator(".pencil")).isFocused();
    visitor.review();
    assertThat(state).hasText("Reviewed");
  }

  @Test
  void the_browser_asks_before_it_leaves_changed_text() {
    var asked = new ArrayList<String>();
    visitor.page.onDialog(
        dialog -> {
          asked.add(dialog.type());
          dialog.accept();
        });
    leavesAfterTyping(articlePath, asked, "#block-section_1-s1-2 textarea");
    leavesAfterTyping(articlePath + "/parts/section_1", asked, "#f-source");
    leavesAfterTyping(articlePath + "/details", asked, "#f-slug");
  }

  /** Leaves the page twice: with the text as it was, and with a changed one. */
  private void leavesAfterTyping(String path, List<String> asked, String field) {
    for (var typed : List.of("", "More")) {
      asked.clear();
      visitor.open(path);
      if (field.startsWith("#block")) {
        block("section_1-s1-2").locator(".pencil").click();
      }
      visitor.page.locator(field).click();
      visitor.page.keyboard().type(typed);
      visitor.follow("Dashboard");
      visitor.page.waitForURL(app.url() + "/");
      assertThat(asked).as(path + typed).hasSize(typed.isEmpty() ? 0 : 1);
    }
  }

  @Test
  void a_block_without_text_is_not_shown_until_the_edit_is_undone() {
    var block = block("section_1-s1-2");
    block.locator(".pencil").click();
    block.locator("textarea").fill("");
    block.getByText("Save", new Locator.GetByTextOptions().setExact(true)).click();
    assertThat(block).hasCount(0);
    visitor.page.locator(".toast button").click();
    assertThat(block).hasCount(1);
  }

  @Test
  void the_reason_for_a_conflicting_edit_is_shown_above_its_text() {
    chromium.tolerate("409");
    var page = visitor.page;
    page.setViewportSize(1280, 450);
    var block = block("section_1-s1-2");
    var other = page.context().newPage();
    other.navigate(page.url());
    block.locator(".pencil").click();
    block.locator("textarea").fill("One of many lines.\n\n".repeat(15));
    block.locator("textarea").evaluate("text => text.style.height = '300px'"); // as if resized
    var theirs = other.locator("#block-section_1-s1-2");
    theirs.locator(".pencil").click();
    theirs.locator("textarea").fill("Theirs.");
    theirs.getByText("Save", new Locator.GetByTextOptions().setExact(true)).click();
    assertThat(theirs.locator("form")).hasCount(0);
    var save = block.getByText("Save", new Locator.GetByTextOptions().setExact(true));
    save.evaluate("button => button.scrollIntoView({ block: 'start' })");
    save.click();
    var reason = block.getByRole(AriaRole.ALERT);
    assertThat(reason).containsText("This block was changed after you opened it");
    var bar = page.locator("header.bar").boundingBox();
    page.waitForCondition(() -> reason.boundingBox().y >= bar.y + bar.height);
    assertThat(block.locator("textarea")).isFocused();
  }

  @Test
  void a_text_that_cannot_be_saved_stays_in_the_field_with_the_reason() {
    chromium.tolerate("422");
    var block = block("faq-q1");
    block.locator("summary").click();
    block.locator(".pencil").click();
    block.locator("input[name=heading]").fill("");
    block.locator("textarea").fill("@@q2@@");
    block.getByText("Save", new Locator.GetByTextOptions().setExact(true)).click();
    assertThat(block.getByText("Enter a heading.")).isVisible();
    assertThat(block.locator("textarea")).hasValue("@@q2@@");
    assertThat(block.locator("textarea"))
        .hasAccessibleDescription(
            Pattern.compile("A line cannot begin like “@@q2@@”.*An empty line begins.*"));
    block.getByText("Cancel").click();
    assertThat(block.locator("form")).hasCount(0);
    assertThat(block.locator("summary")).isVisible();
  }

  @Test
  void without_javascript_the_edit_link_opens_a_separate_page() {
    visitor = new Visitor(app, chromium.open(Look.DESKTOP.withoutJavaScript(), app.cookies()));
    visitor.open(articlePath);
    block("guide-what").locator(".pencil").click();
    assertThat(visitor.page).hasURL(app.url() + articlePath + "/parts/guide/blocks/what");
    visitor.page.locator("textarea").fill("It takes **two** numbers.");
    visitor.press("Preview");
    assertThat(visitor.page.locator(".preview-text strong")).hasText("two");
    assertThat(visitor.page.locator(".word-diff del").first()).isVisible();
    visitor.press("Save");
    assertThat(block("guide-what").locator("strong")).hasText("two");
    visitor.press("Undo");
    assertThat(block("guide-what").locator("strong")).hasCount(0);
  }

  @Test
  void the_separate_edit_page_is_accessible_in_every_theme_and_width() {
    visitor.open(articlePath + "/parts/faq/blocks/q1");
    visitor.page.locator("textarea").fill("Another **answer**.");
    assertThat(visitor.page.locator(".word-diff ins").first()).isVisible();
    PageChecks.assertGood(visitor.page, "article-edit-page");
  }

  @Test
  void hostile_text_stays_text_in_the_editor() {
    var block = block("section_2-s2-1");
    block.locator(".pencil").click();
    block.locator("input[name=heading]").fill("<img src=x onerror=document.title='x'>");
    block
        .locator("textarea")
        .fill(
            "</textarea><script>document.title='x'</script><b hx-get='/keys' hx-trigger='load'>b</b>");
    assertThat(block.locator(".word-diff ins").first()).isVisible();
    block.getByText("Save", new Locator.GetByTextOptions().setExact(true)).click();
    assertThat(block.locator("section h3")).hasText("<img src=x onerror=document.title='x'>");
    assertThat(block.locator("script, b, img")).hasCount(0);
    assertThat(visitor.page.title()).isNotEqualTo("x");
    visitor.page.locator(".toast button").click();
    assertThat(visitor.page.locator(".notice").first()).containsText("Undone.");
  }

  @Test
  void title_and_description_are_fields_with_a_search_result_preview() {
    visitor.follow("Edit title and search result");
    var title = visitor.page.getByLabel("Title", new Page.GetByLabelOptions().setExact(true));
    var before = title.inputValue();
    title.fill("<b>Discounts</b> in your head");
    visitor.page.getByLabel("Slug").fill("Discounts, quickly!");
    assertThat(visitor.page.locator(".serp-title")).hasText("<b>Discounts</b> in your head");
    PageChecks.assertGood(visitor.page, "article-details");
    visitor.press("Save");
    assertThat(visitor.page.locator("article h1")).hasText("<b>Discounts</b> in your head");
    assertThat(visitor.page.locator("article h1 b")).hasCount(0);
    visitor.press("Undo");
    assertThat(visitor.page.locator("article h1")).hasText(before);
  }

  @Test
  void an_invalid_field_is_named_and_the_author_is_shown_in_the_byline() {
    chromium.tolerate("422");
    visitor.open(articlePath + "/details");
    visitor.page.getByLabel("Slug").fill("!!!");
    visitor.page.getByLabel("Keywords").fill("a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p");
    visitor.page.getByLabel("Author").fill("Grace Example");
    visitor.press("Save");
    assertThat(visitor.page.getByText("Use letters or digits.")).isVisible();
    assertThat(visitor.page.getByLabel("Keywords"))
        .hasAccessibleDescription(Pattern.compile("At most 13 keywords.*"));
    assertThat(visitor.page.getByLabel("Slug")).isFocused();
    assertThat(visitor.page.getByLabel("Author")).hasValue("Grace Example");
    visitor.page.getByLabel("Slug").fill("discounts");
    visitor.page.getByLabel("Keywords").fill("discounts");
    visitor.press("Save");
    assertThat(visitor.page.locator(".article-byline")).containsText("Grace Example");
  }

  @Test
  void an_uploaded_picture_replaces_the_cover_and_any_other_file_is_refused() {
    chromium.tolerate("422|409");
    visitor.follow("Replace the picture");
    var other = visitor.page.context().newPage();
    other.navigate(visitor.page.url());
    var older = visitor.page.context().newPage();
    older.navigate(visitor.page.url());
    older.locator("form[enctype] [name=based_on]").evaluate("field => field.remove()");
    var file = visitor.page.getByLabel("Your own picture");
    var png = picture(1_600, 800);
    file.setInputFiles(
        new FilePayload("a.png", "image/png", "<svg onload=alert(1)>".getBytes(UTF_8)));
    visitor.press("Save picture");
    assertThat(visitor.page.locator("#e-file")).containsText("not a PNG or JPEG");
    visitor
        .page
        .getByLabel("Your own picture")
        .setInputFiles(new FilePayload("x.txt", "text/plain", png));
    visitor.page.getByLabel("Alternative text").fill("A red & a blue field");
    visitor.press("Save picture");
    assertThat(visitor.page.locator(".notice").first()).containsText("Saved.");
    PageChecks.assertGood(visitor.page, "article-picture");
    for (var late : List.of(other, older)) {
      var text = late.getByLabel("Alternative text");
      text.fill("A field that is seen from above");
      late.getByText("Save picture").click();
      assertThat(late.locator(".notice").first())
          .containsText("Your text is still here; save again");
      assertThat(text).hasValue("A field that is seen from above");
      assertThat(text)
          .hasAccessibleDescription(Pattern.compile("Stored text: A red & a blue field$"));
      late.close();
    }
    visitor.open(articlePath);
    var shown = visitor.page.locator(".article-picture img");
    assertThat(shown).hasAttribute("alt", "A red & a blue field");
    var stored = visitor.page.request().get(app.url() + shown.getAttribute("src")).body();
    assertThat(stored).as("encoded again").isNotEqualTo(png);
    assertThat(new String(stored, ISO_8859_1)).doesNotContain("hidden comment");
  }

  /** A picture with bytes after its end. */
  private static byte[] picture(int width, int height) {
    var image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int x = 0; x < width; x++) {
      for (int y = 0; y < height; y++) {
        image.setRGB(x, y, x < width / 2 ? 0xff0000 : 0x0000ff);
      }
    }
    try {
      var out = new ByteArrayOutputStream();
      ImageIO.write(image, "png", out);
      out.writeBytes("hidden comment".getBytes(UTF_8));
      return out.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void an_article_is_marked_as_reviewed_when_every_claim_is_ticked() {
    var reviewed = visitor.button("Mark as reviewed");
    assertThat(reviewed).isDisabled();
    var claim = visitor.page.locator("#claims li").first();
    claim.hover();
    assertThat(
            visitor.page.evaluate(
                "() => [...CSS.highlights.get('claim-now')].map(r => r.toString()).join('')"))
        .isEqualTo(claim.locator(".claim").innerText());
    var left = visitor.page.locator(".claim-tick[aria-pressed=false]");
    int claims = left.count();
    left.first().click();
    assertThat(left).hasCount(claims - 1);
    assertThat(visitor.page.locator("#claims summary"))
        .hasText("Check these: 1 of " + claims + " checked");
    PageChecks.assertGood(visitor.page, "article-claims");
    visitor.review();
    assertThat(visitor.page.locator(".article-side")).containsText("Reviewed by " + Visitor.EMAIL);
    assertThat(claim).isHidden();
  }

  @Test
  void a_deleted_article_is_removed_from_the_list_without_navigation_and_restored_by_undo() {
    var id = articlePath.replace("/articles/", "article-");
    var row = rowOfItsOwn(id, "whales");
    row.locator(".article-row-delete button").click();
    assertThat(row).hasCount(0);
    assertThat(visitor.page.locator(".empty-title")).hasText("No article matches");
    assertThat(visitor.page.locator("#main")).hasCount(1);
    assertThat(visitor.page).hasURL(app.url() + "/articles?q=whales");

    visitor.page.locator(".toast button").click();
    assertThat(visitor.page.locator(".notice").first()).containsText("1 article restored.");
    assertThat(row).hasCount(1);
    assertThat(visitor.page.url()).endsWith("/articles?q=whales#" + id);
  }

  @Test
  void a_list_without_rows_is_requested_once_while_the_server_refuses_it() {
    chromium.tolerate("503");
    var row = rowOfItsOwn(articlePath.replace("/articles/", "article-"), "herons");
    var requests = new ArrayList<Route>();
    var refusal = new Route.FulfillOptions().setStatus(503).setContentType("text/plain");
    Interception.route(
        visitor.page,
        url -> url.endsWith("/articles?q=herons"),
        route -> {
          requests.add(route);
          route.fulfill(refusal.setBody("Keywheel cannot reach its database."));
        });
    row.locator(".article-row-delete button").click();
    assertThat(visitor.page.locator("#problem")).containsText("cannot reach its database");
    visitor.page.evaluate("() => fetch('/healthz').then(() => null)");
    assertThat(requests).hasSize(1);
  }

  /** The row of this article, the only one in its list. */
  private Locator rowOfItsOwn(String id, String topic) {
    app.asOwner(
        "update articles set topic = '%s' where 'article-' || id = '%s'".formatted(topic, id));
    visitor.open("/articles?q=" + topic);
    var row = visitor.page.locator("#" + id);
    assertThat(row).hasCount(1);
    return row;
  }

  @Test
  void the_page_of_an_article_without_text_shows_the_text_as_soon_as_there_is_some() {
    var id = articlePath.replace("/articles/", "");
    app.asOwner(
        """
        create table kept as select * from parts where article_id = '%1$s';
        delete from parts where article_id = '%1$s';
        update runs set state = 'planning' where article_id = '%1$s';
        """
            .formatted(id));
    visitor.open(articlePath);
    assertThat(visitor.page.locator(".empty-title")).hasText("Nothing to read yet");
    Polls.now(visitor.page);
    assertThat(visitor.page.locator(".empty-title")).isVisible();
    PageChecks.assertGood(visitor.page, "article-waiting");

    app.asOwner("insert into parts select * from kept; drop table kept");
    Polls.now(visitor.page);
    assertThat(visitor.page.locator(".article-paper")).isVisible();
    assertThat(visitor.page.locator("[data-poll]")).hasCount(0);
  }

  @Test
  void an_article_deleted_without_javascript_is_restored_from_the_trash() {
    visitor = new Visitor(app, chromium.open(Look.DESKTOP.withoutJavaScript(), app.cookies()));
    visitor.open(articlePath);
    visitor.press("Delete article");
    assertThat(visitor.page.locator(".notice").first()).containsText("moved to the trash");
    chromium.tolerate("404");
    visitor.open(articlePath);
    assertThat(visitor.page.locator("h1")).hasText("This article is in the trash");

    visitor = new Visitor(app, chromium.open(Look.DESKTOP, app.cookies()));
    visitor.open("/articles/trash");
    PageChecks.assertGood(visitor.page, "article-trash");
    visitor.page.locator("td button").click();
    assertThat(visitor.page.locator(".notice").first()).containsText("1 article restored.");
    assertThat(visitor.page.getByText("The trash is empty")).isVisible();
    visitor.open(articlePath);
    assertThat(visitor.page.locator("article.article")).isVisible();
  }
}
