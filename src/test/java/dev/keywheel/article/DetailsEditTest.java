package dev.keywheel.article;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.article.edit.BlockEditor;
import dev.keywheel.article.edit.DetailsEditor;
import dev.keywheel.article.edit.DetailsEditor.Details;
import dev.keywheel.article.run.model.PartName;
import dev.keywheel.article.view.ArticleView.PartView;
import dev.keywheel.problem.Conflict;
import dev.keywheel.problem.Rejected;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The fields of an article, edited by several users. */
@Tag("full")
class DetailsEditTest extends RunsOnOtherUpstream {
  private final DetailsEditor editor =
      new DetailsEditor(shop.pool.database, shop.pool.audit, shop.pool.ids, shop.pool.clock);
  private final BlockEditor blocks =
      new BlockEditor(shop.pool.database, shop.pool.audit, shop.pool.ids, shop.pool.clock);
  private final UUID article = run().articleId();

  DetailsEditTest() {
    super(9);
  }

  private DetailsEditor.CurrentDetails current() {
    return editor.current(shop.pool.workspace, article);
  }

  private PartView plan() {
    return shop.articles.article(shop.pool.workspace, article).parts().stream()
        .filter(part -> part.part() == PartName.PLAN)
        .findFirst()
        .orElseThrow();
  }

  private DetailsEditor.SaveResult save(DetailsEditor.CurrentDetails opened, Details typed) {
    return editor.save(
        article, opened.version(), opened.details().author(), typed, shop.pool.admin);
  }

  private void savePicture(int basedOn, String alt) {
    editor.savePicture(article, basedOn, new byte[0], alt, shop.pool.admin);
  }

  private static Details withAuthor(Details details, String author) {
    return new Details(
        details.title(),
        details.summary(),
        details.description(),
        details.slug(),
        details.keywords(),
        details.section1(),
        details.section2(),
        author);
  }

  private static Details withKeywords(Details details, String keywords) {
    return new Details(
        details.title(),
        details.summary(),
        details.description(),
        details.slug(),
        keywords,
        details.section1(),
        details.section2(),
        details.author());
  }

  private static Details withTitle(Details details, String title) {
    return new Details(
        title,
        details.summary(),
        details.description(),
        details.slug(),
        details.keywords(),
        details.section1(),
        details.section2(),
        details.author());
  }

  private static Details withSlug(Details details, String slug, String description) {
    return new Details(
        details.title(),
        details.summary(),
        description,
        slug,
        details.keywords(),
        details.section1(),
        details.section2(),
        details.author());
  }

  @Test
  void a_slug_that_is_too_long_is_refused_instead_of_cut() {
    var opened = current();
    var description = opened.details().description();
    assertThatThrownBy(() -> save(opened, withSlug(opened.details(), "a".repeat(61), description)))
        .isInstanceOf(Rejected.class)
        .hasMessageContaining("61 characters; up to 60 are allowed");
    save(opened, withSlug(opened.details(), "a".repeat(60), description));
    assertThat(current().details().slug()).isEqualTo("a".repeat(60));
  }

  @Test
  void undo_restores_the_fields_and_the_lock() {
    var opened = current();
    var saved = save(opened, withTitle(opened.details(), "Another title"));
    assertThat(plan().locked()).isTrue();

    editor.undo(article, saved.undo(), saved.unreviewed(), shop.pool.admin);

    assertThat(current().details()).isEqualTo(opened.details());
    assertThat(plan().locked()).isFalse();
  }

  @Test
  void undo_keeps_a_heading_that_was_changed_after_the_save() {
    var opened = current();
    var saved = save(opened, withTitle(opened.details(), "Another title"));
    var block = blocks.block(shop.pool.workspace, article, PartName.SECTION_1, "s1-1");
    var typed =
        new BlockEditor.BlockForm(
            block.version(), String.valueOf(block.heading()), "Their heading", block.text());
    blocks.save(article, PartName.SECTION_1, "s1-1", typed, shop.pool.admin);

    editor.undo(article, saved.undo(), saved.unreviewed(), shop.pool.admin);

    assertThat(current().details()).isEqualTo(opened.details());
    assertThat(blocks.block(shop.pool.workspace, article, PartName.SECTION_1, "s1-1").heading())
        .isEqualTo("Their heading");
    assertThat(plan().locked()).isTrue();
  }

  @Test
  void undo_changes_nothing_when_a_field_was_changed_after_the_save() {
    var opened = current();
    var saved = save(opened, withTitle(opened.details(), "Another title"));
    save(current(), withTitle(opened.details(), "Their title"));

    assertThatThrownBy(
            () -> editor.undo(article, saved.undo(), saved.unreviewed(), shop.pool.admin))
        .isInstanceOf(Conflict.class);
    assertThat(current().details().title()).isEqualTo("Their title");
  }

  @Test
  void an_author_set_after_the_form_was_opened_is_kept_and_causes_a_conflict() {
    var opened = current();
    save(opened, withAuthor(opened.details(), "Ada Example"));

    save(opened, withTitle(opened.details(), "Another title"));
    assertThat(current().details().author()).isEqualTo("Ada Example");

    var stale =
        new DetailsEditor.CurrentDetails(current().version(), withAuthor(current().details(), ""));
    assertThatThrownBy(() -> save(stale, withAuthor(stale.details(), "Grace Example")))
        .isInstanceOf(Conflict.class);
    assertThat(current().details().author()).isEqualTo("Ada Example");
  }

  @Test
  void thirteen_keywords_can_be_saved_and_a_fourteenth_is_refused() {
    var opened = current();
    var thirteen =
        IntStream.rangeClosed(1, 13).mapToObj(i -> "word " + i).collect(Collectors.joining(", "));
    assertThat(save(opened, withKeywords(opened.details(), thirteen)).changed()).isTrue();
    assertThat(current().details().keywords()).isEqualTo(thirteen);

    var now = current();
    assertThatThrownBy(() -> save(now, withKeywords(now.details(), thirteen + ", word 14")))
        .isInstanceOf(Rejected.class)
        .hasMessageContaining("13 keywords");
  }

  @Test
  void a_picture_is_not_replaced_if_the_user_saw_an_older_one() {
    savePicture(1, "A loaf of rye");
    assertThatThrownBy(() -> savePicture(1, "A loaf of wheat"))
        .isInstanceOf(Conflict.class)
        .hasMessageContaining("changed after you opened this page");
    savePicture(2, "A loaf of wheat");
  }

  @Test
  void a_key_in_a_field_is_refused() {
    String key = "sk-or-v1-" + "0123456789abcdef".repeat(4);
    var opened = current();
    for (var typed :
        List.of(
            withKeywords(opened.details(), "bread, " + key.substring(0, 40)),
            withAuthor(opened.details(), "Ada " + key))) {
      assertThatThrownBy(() -> save(opened, typed))
          .isInstanceOf(Rejected.class)
          .hasMessageContaining("This looks like a key");
    }
    assertThatThrownBy(() -> savePicture(1, "Bread by " + key))
        .isInstanceOf(Rejected.class)
        .hasMessageContaining("This looks like a key");
    assertThat(current()).isEqualTo(opened);
  }

  @Test
  void words_and_a_hash_that_resemble_a_key_can_be_saved_and_edited_again() {
    var opened = current().details();
    for (var slug :
        List.of("sk-hynix-hbm3e-explained", "xai-grok-4-vs-gpt-5-comparison", "sk-learn-1-5")) {
      save(current(), withSlug(opened, slug, "Commit " + "0123456789abcdef".repeat(3)));
      save(current(), withTitle(current().details(), "About " + slug));
      assertThat(current().details().slug()).isEqualTo(slug);
      assertThat(current().details().title()).isEqualTo("About " + slug);
    }
  }
}
