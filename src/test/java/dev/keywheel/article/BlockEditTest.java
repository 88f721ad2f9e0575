package dev.keywheel.article;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.article.OtherUpstream.Answer;
import dev.keywheel.article.edit.BlockEditor;
import dev.keywheel.article.edit.BlockEditor.BlockForm;
import dev.keywheel.article.page.ArticleBody;
import dev.keywheel.article.run.model.PartName;
import dev.keywheel.article.view.ArticleService.Format;
import dev.keywheel.article.view.ArticleView;
import dev.keywheel.article.view.ArticleView.PartView;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.problem.Conflict;
import dev.keywheel.problem.NotFound;
import dev.keywheel.problem.Rejected;
import dev.keywheel.secret.shape.SecretShape;
import gg.jte.output.StringOutput;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Editing a single block of an article: a heading with its text, or an answer. */
@Tag("full")
class BlockEditTest extends RunsOnOtherUpstream {
  private final BlockEditor blocks =
      new BlockEditor(shop.pool.database, shop.pool.audit, shop.pool.ids, shop.pool.clock);
  private final UUID article = run().articleId();

  BlockEditTest() {
    super(9);
  }

  private ArticleView view() {
    return shop.articles.article(shop.pool.workspace, article);
  }

  private PartView part(PartName name) {
    return view().parts().stream().filter(p -> p.part() == name).findFirst().orElseThrow();
  }

  private BlockEditor.Block block(PartName part, String id) {
    return blocks.block(shop.pool.workspace, article, part, id);
  }

  private Optional<BlockEditor.Undo> save(BlockEditor.Block opened, String heading, String text) {
    var typed =
        new BlockForm(
            opened.version(), opened.heading() == null ? "" : opened.heading(), heading, text);
    return blocks.save(article, opened.part(), opened.id(), typed, shop.pool.admin);
  }

  private ArticleBody.Block shown(String id) {
    return view().body().sections().stream()
        .flatMap(section -> section.blocks().stream())
        .filter(block -> block.id().equals(id))
        .findFirst()
        .orElseThrow();
  }

  private String html(String id) {
    var out = new StringOutput();
    shown(id).html().writeTo(out);
    return out.toString();
  }

  @Test
  void a_review_is_refused_if_another_user_changed_a_part_since_the_reviewer_opened_the_page() {
    var seen = shop.shownVersions(article);
    var me = shop.pool.admin;
    var other = new Principal(me.userId(), "grace@example.org", me.workspaceId(), me.role(), false);
    save(block(PartName.SECTION_1, "s1-1"), "Heading", "Mine.");
    shop.editing.setReviewed(article, true, seen, Set.of(), me);
    assertThat(view().reviewed()).as("my own change").isTrue();
    var opened = block(PartName.FAQ, "q1");
    var typed = new BlockForm(opened.version(), opened.heading(), opened.heading(), "Theirs.");
    blocks.save(article, PartName.FAQ, "q1", typed, other);
    assertThatThrownBy(() -> shop.editing.setReviewed(article, true, seen, Set.of(), me))
        .isInstanceOf(Conflict.class)
        .hasMessageStartingWith("FAQ was changed after you opened the page.");
    shop.editing.setReviewed(article, false, seen, Set.of(), me);
    shop.editing.setReviewed(article, true, shop.shownVersions(article), Set.of(), me);
    assertThat(view().reviewed()).isTrue();
  }

  @Test
  void a_review_is_refused_if_the_reviewer_edited_a_part_after_an_unseen_edit_of_another_user() {
    var seen = shop.shownVersions(article);
    var me = shop.pool.admin;
    var other = new Principal(me.userId(), "grace@example.org", me.workspaceId(), me.role(), false);
    var mine = block(PartName.SECTION_1, "s1-1");
    var theirs = block(PartName.SECTION_1, "s1-2");
    var typed = new BlockForm(theirs.version(), theirs.heading(), theirs.heading(), "Theirs.");
    blocks.save(article, PartName.SECTION_1, "s1-2", typed, other);
    save(mine, mine.heading(), "Mine.");
    assertThatThrownBy(() -> shop.editing.setReviewed(article, true, seen, Set.of(), me))
        .isInstanceOf(Conflict.class)
        .hasMessageStartingWith("Section 1 was changed after you opened the page.");
    save(block(PartName.SECTION_1, "s1-1"), mine.heading(), "Mine, again.");
    shop.editing.setReviewed(article, true, shop.shownVersions(article), Set.of(), me);
    assertThat(view().reviewed()).isTrue();
  }

  @Test
  void a_review_is_refused_if_another_user_unticked_a_claim_since_the_reviewer_opened_the_page() {
    var seen = shop.shownVersions(article);
    var me = shop.pool.admin;
    var claims = Set.of("one", "two");
    shop.editing.markClaim(article, "one", true, claims, me);
    shop.editing.markClaim(article, "two", true, claims, me);
    shop.editing.markClaim(article, "two", false, claims, me);
    assertThatThrownBy(() -> shop.editing.setReviewed(article, true, seen, claims, me))
        .isInstanceOf(Conflict.class)
        .hasMessage("1 claim is not checked yet. Tick each under Check these.");
    assertThat(view().reviewed()).isFalse();
    shop.editing.markClaim(article, "two", true, claims, me);
    shop.editing.setReviewed(article, true, seen, claims, me);
    assertThat(view().reviewed()).isTrue();
  }

  @Test
  void a_corrected_typo_creates_one_new_version_of_its_part() {
    var opened = block(PartName.SECTION_1, "s1-1");
    var other = html("s1-2");

    var saved = save(opened, opened.heading(), "A starter is **flour** and water.");

    assertThat(saved).isPresent();
    assertThat(html("s1-1")).contains("<strong>flour</strong>");
    assertThat(html("s1-2")).isEqualTo(other);
    assertThat(part(PartName.SECTION_1).version()).isEqualTo(opened.version() + 1);
    assertThat(part(PartName.SECTION_1).locked()).isTrue();
    assertThat(part(PartName.PLAN).version()).isEqualTo(1);
    assertThat(part(PartName.PLAN).locked()).isFalse();
  }

  @Test
  void a_renamed_heading_changes_in_the_text_and_the_contents_and_keeps_its_anchor() {
    var opened = block(PartName.SECTION_1, "s1-1");
    var anchor = shown("s1-1").anchor();

    save(opened, "What is a starter, really?", opened.text());

    assertThat(shown("s1-1").title()).isEqualTo("What is a starter, really?");
    assertThat(shown("s1-1").anchor()).isEqualTo(anchor);
    assertThat(view().body().contents().toString()).contains("What is a starter, really?");
    assertThat(part(PartName.SECTION_1).stale()).isFalse();
    assertThat(part(PartName.SECTION_1).outdated()).isEmpty();
  }

  @Test
  void undo_restores_heading_and_text() {
    var opened = block(PartName.FAQ, "q1");

    var saved = save(opened, "Is it alive?", "Yes.");
    blocks.undo(article, PartName.FAQ, "q1", saved.orElseThrow(), shop.pool.admin);

    assertThat(block(PartName.FAQ, "q1").heading()).isEqualTo(opened.heading());
    assertThat(block(PartName.FAQ, "q1").text()).isEqualTo(opened.text());
  }

  @Test
  void undo_restores_the_locks_that_the_save_changed() {
    var saved = save(block(PartName.FAQ, "q1"), "Is it alive?", "Yes.");
    assertThat(part(PartName.FAQ).locked()).isTrue();
    assertThat(part(PartName.PLAN).locked()).isTrue();

    blocks.undo(article, PartName.FAQ, "q1", saved.orElseThrow(), shop.pool.admin);

    assertThat(part(PartName.FAQ).locked()).isFalse();
    assertThat(part(PartName.PLAN).locked()).isFalse();
  }

  /** A text is kept under its old heading when a new plan no longer has that heading. */
  private BlockEditor.Block kept() {
    upstream.when(
        "Meta & Toc Generator",
        _ -> Answer.of(OtherUpstream.PLAN.replace("What lives in the jar", "Milling rye")));
    shop.work(
        shop.regeneration.regeneratePart(
            article, PartName.PLAN, null, "", "", shop.pool.admin, shop.pool.ids.next()));
    return block(PartName.SECTION_1, "s1-kept-1");
  }

  @Test
  void undo_restores_the_heading_of_a_text_whose_heading_is_no_longer_planned() {
    var opened = kept();

    var saved = save(opened, "Yeasts", opened.text());
    undo(opened, saved);

    assertThat(block(PartName.SECTION_1, opened.id()).heading()).isEqualTo("What lives in the jar");
  }

  @Test
  void undo_restores_a_removed_text_whose_heading_is_no_longer_planned() {
    var opened = kept();

    var saved = save(opened, opened.heading(), "");
    assertThat(view().body().contents().toString()).doesNotContain("What lives in the jar");
    undo(opened, saved);

    assertThat(block(PartName.SECTION_1, opened.id()).text()).isEqualTo(opened.text());
    assertThat(shown(opened.id()).title()).isEqualTo("What lives in the jar");
  }

  @Test
  void a_stale_part_with_an_emptied_block_stays_stale_when_its_headings_do_not_change() {
    editPlan("What lives in the jar", "Milling rye");
    var opened = block(PartName.SECTION_1, "s1-2");
    save(opened, opened.heading(), "");
    var before = part(PartName.SECTION_1);
    assertThat(before.stale()).isTrue();

    var plan = shop.versions.source(shop.pool.workspace, article, PartName.PLAN, 2);
    plan = plan.replace("A starter lives from its feedings.", "A starter needs food.");
    shop.editing.edit(article, PartName.PLAN, 2, plan, shop.pool.admin);

    assertThat(part(PartName.PLAN).version()).isEqualTo(3);
    assertThat(part(PartName.SECTION_1)).isEqualTo(before);
  }

  @Test
  void a_rewritten_and_renamed_block_that_was_the_last_outdated_one_updates_its_part() {
    editPlan("What lives in the jar", "Milling rye");
    assertThat(part(PartName.SECTION_1).stale()).isTrue();

    save(block(PartName.SECTION_1, "s1-1"), "Milling wheat", "Wheat is milled finely.");

    assertThat(part(PartName.SECTION_1).outdated()).isEmpty();
    assertThat(part(PartName.SECTION_1).stale()).isFalse();
  }

  @Test
  void a_stale_part_without_outdated_blocks_stays_stale_when_a_heading_is_renamed() {
    editPlan("why it smells", "how it smells");
    assertThat(part(PartName.SECTION_1).stale()).isTrue();
    var opened = block(PartName.SECTION_1, "s1-1");

    save(opened, "Life in the jar", opened.text());

    assertThat(part(PartName.SECTION_1).stale()).isTrue();
  }

  private void editPlan(String before, String after) {
    var plan = shop.versions.source(shop.pool.workspace, article, PartName.PLAN, 1);
    assertThat(plan).contains(before);
    shop.editing.edit(article, PartName.PLAN, 1, plan.replace(before, after), shop.pool.admin);
  }

  @Test
  void a_guide_without_text_has_no_heading_in_the_markdown_file() {
    assertThat(markdown()).contains("## How to use");
    for (var id : List.of("intro", "what", "steps", "example", "limits")) {
      save(block(PartName.GUIDE, id), "", "");
    }
    assertThat(markdown()).doesNotContain("## How to use");
  }

  private String markdown() {
    var file = shop.articles.download(shop.pool.admin, article, Format.MARKDOWN);
    return new String(file.bytes(), StandardCharsets.UTF_8);
  }

  @Test
  void undo_changes_nothing_when_the_block_was_changed_after_the_save() {
    var opened = block(PartName.SECTION_1, "s1-1");
    var saved = save(opened, opened.heading(), "Mine.");
    save(block(PartName.SECTION_1, "s1-1"), opened.heading(), "Theirs.");
    assertThatThrownBy(() -> undo(opened, saved)).isInstanceOf(Conflict.class);
    assertThat(html("s1-1")).contains("Theirs.");

    var second = block(PartName.SECTION_1, "s1-2");
    var mine = save(second, second.heading(), "Under the old heading.");
    save(block(PartName.SECTION_1, "s1-2"), "Another heading", "Under the old heading.");
    assertThatThrownBy(() -> undo(second, mine)).isInstanceOf(Conflict.class);
    assertThat(shown("s1-2").title()).isEqualTo("Another heading");
  }

  @Test
  void undo_leaves_a_later_edit_of_another_block_in_place_and_locked() {
    var opened = block(PartName.SECTION_1, "s1-1");
    var saved = save(opened, opened.heading(), "Mine.");
    var other = block(PartName.SECTION_1, "s1-2");
    save(other, other.heading(), "Theirs.");

    undo(opened, saved);

    assertThat(block(PartName.SECTION_1, "s1-1").text()).isEqualTo(opened.text());
    assertThat(html("s1-2")).contains("Theirs.");
    assertThat(part(PartName.SECTION_1).locked()).isTrue();
  }

  private void undo(BlockEditor.Block block, Optional<BlockEditor.Undo> saved) {
    blocks.undo(article, block.part(), block.id(), saved.orElseThrow(), shop.pool.admin);
  }

  @Test
  void two_users_can_edit_two_blocks_of_a_part_but_not_the_same_one() {
    var first = block(PartName.SECTION_1, "s1-1");
    var second = block(PartName.SECTION_1, "s1-2");
    save(first, first.heading(), "Mine.");
    save(second, second.heading(), "Yours.");
    assertThat(html("s1-1")).contains("Mine.");
    assertThat(html("s1-2")).contains("Yours.");

    assertThatThrownBy(() -> save(first, first.heading(), "Again, from the old page."))
        .isInstanceOf(Conflict.class);
    assertThat(html("s1-1")).contains("Mine.");
  }

  @Test
  void an_unchanged_text_creates_no_version() {
    var opened = block(PartName.GUIDE, "what");
    assertThat(save(opened, "", opened.text() + "  \r\n")).isEmpty();
    assertThat(part(PartName.GUIDE).version()).isEqualTo(opened.version());
  }

  @Test
  void html_is_shown_as_text_and_a_marker_line_is_refused() {
    var opened = block(PartName.SECTION_1, "s1-1");
    save(
        opened,
        "<img src=x onerror=alert(1)>",
        "<script>alert(1)</script>\n\n[x](javascript:alert(1))");
    assertThat(html("s1-1")).doesNotContain("<script", "javascript:");
    assertThat(shown("s1-1").title()).isEqualTo("<img src=x onerror=alert(1)>");

    var again = block(PartName.SECTION_1, "s1-1");
    assertThatThrownBy(() -> save(again, again.heading(), "One.\n@@s1-2@@\nTwo."))
        .isInstanceOf(Rejected.class)
        .hasMessageContaining("@@s1-2@@");
    assertThatThrownBy(() -> save(again, " ", "One.")).isInstanceOf(Rejected.class);
    assertThatThrownBy(() -> save(again, block(PartName.SECTION_1, "s1-2").heading(), "One."))
        .hasMessageContaining("same text");
  }

  @Test
  void a_block_that_a_part_does_not_have_cannot_be_opened() {
    assertThatThrownBy(() -> block(PartName.PLAN, "s1-1")).isInstanceOf(NotFound.class);
    assertThatThrownBy(() -> block(PartName.SECTION_1, "s2-1")).isInstanceOf(NotFound.class);
    assertThatThrownBy(() -> block(PartName.GUIDE, "q1")).isInstanceOf(NotFound.class);
  }

  @Test
  void a_key_that_a_model_wrote_stays_until_its_text_is_edited() {
    String key = "gsk_R4ndOm9xKq2LmZ7vBtY8wPc3Hd5fGj6k";
    save(block(PartName.SECTION_1, "s1-1"), "Starters", "A key begins with flour.");
    shop.pool.database.runTx(
        tx ->
            tx.dsl()
                .execute(
                    "update parts set body = replace(body::text, 'flour', ?)::jsonb"
                        + " where article_id = ? and part = 'section_1'",
                    key,
                    article));

    save(block(PartName.SECTION_1, "s1-1"), "Levain", "A key begins with " + key + ".");
    assertThat(html("s1-1")).contains(key);
    assertThat(block(PartName.SECTION_1, "s1-1").heading()).isEqualTo("Levain");
    var opened = block(PartName.SECTION_1, "s1-1");
    assertThatThrownBy(() -> save(opened, "Levain", "Keys begin with " + key + "."))
        .isInstanceOf(SecretShape.Refused.class);
    save(opened, "Levain", "Keys begin with gsk_….");
    assertThat(html("s1-1")).doesNotContain(key);
  }

  @Test
  void links_of_a_model_stay_text_when_a_user_edits_another_block_or_restores_its_version() {
    for (var id : List.of("s1-1", "s1-2")) {
      shop.pool.database.runTx(
          tx ->
              tx.dsl()
                  .execute(
                      "update parts set body = jsonb_set(body, array['texts','blocks',?], to_jsonb(?))"
                          + " where article_id = ? and part = 'section_1'",
                      id,
                      "See [this\u00adguide](https://invented.example/" + id + ").",
                      article));
    }
    var opened = block(PartName.SECTION_1, "s1-2");
    save(opened, opened.heading(), "See [mine](https://mine.example/a).");
    assertThat(html("s1-1")).doesNotContain("href");
    assertThat(html("s1-2")).contains("href=\"https://mine.example/a\"");

    var source =
        shop.versions.source(
            shop.pool.workspace, article, PartName.SECTION_1, opened.version() + 1);
    shop.editing.edit(
        article, PartName.SECTION_1, opened.version() + 1, source + " More.", shop.pool.admin);
    assertThat(html("s1-1")).doesNotContain("href");
    assertThat(html("s1-2")).contains("href=\"https://mine.example/a\"");

    shop.editing.restore(article, PartName.SECTION_1, opened.version(), shop.pool.admin);
    assertThat(html("s1-1")).doesNotContain("href");
    assertThat(html("s1-2")).doesNotContain("href");

    var again = block(PartName.SECTION_1, "s1-1");
    save(again, again.heading(), "See [this](https://invented.example/s1-1), which I read.");
    assertThat(html("s1-1")).contains("href=\"https://invented.example/s1-1\"");
    assertThat(html("s1-2")).doesNotContain("href");
  }
}
