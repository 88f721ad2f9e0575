package dev.keywheel.article.view;

import dev.keywheel.article.page.ArticleBody;
import dev.keywheel.article.page.Quality;
import dev.keywheel.article.run.model.Headings;
import dev.keywheel.article.run.model.Part;
import dev.keywheel.article.run.model.PartName;
import dev.keywheel.article.run.model.PartSet;
import dev.keywheel.article.run.model.PlanChange;
import dev.keywheel.run.RunState;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An article as a page shows it.
 *
 * @param body for the template {@code articles/body.jte}; null while there is no plan yet
 * @param quality measures and score; null while there is no plan yet
 * @param checkedClaims keys of the claims in {@code quality} that a user has checked
 * @param gaps what the article lacks, as sentences for its editor
 * @param tool how the tool was checked; null without a tool
 * @param reviewed false for a draft, and when a part was changed since the last review
 * @param ownAddress the public address set by its editor; null if none was set
 * @param address the public address: its own, or one built from the workspace's site; null when
 *     neither is known
 * @param lastReviewer the user who last marked it reviewed; null if none did or the mark was
 *     removed
 */
public record ArticleView(
    UUID id,
    String name,
    boolean demo,
    @Nullable ArticleBody body,
    @Nullable Quality quality,
    Set<String> checkedClaims,
    List<String> gaps,
    List<PartView> parts,
    @Nullable ToolReport tool,
    boolean reviewed,
    @Nullable String lastReviewer,
    @Nullable Instant lastReviewAt,
    @Nullable String ownAddress,
    @Nullable String address,
    UUID lastRun,
    RunState lastRunState) {

  /**
   * The current version of a part.
   *
   * @param version counts from 1
   * @param origin run, edit, restore or local
   * @param locked whether runs may not change the part
   * @param stale whether the part was made from something that has changed since
   * @param outdated blocks that were written for other headings, as sentences for the editor
   */
  public record PartView(
      PartName part,
      int version,
      String origin,
      boolean locked,
      boolean stale,
      List<String> outdated,
      @Nullable String by,
      Instant at) {
    static PartView of(PartSet partSet, Part part) {
      var name = part.name();
      var outdated =
          PlanChange.WITH_HEADINGS.contains(name)
              ? partSet
                  .plan()
                  .map(plan -> Headings.of(plan, name).outdated(partSet.body(name)))
                  .orElse(List.of())
              : List.<String>of();
      return new PartView(
          name,
          part.version(),
          part.origin(),
          part.locked(),
          part.stale(),
          outdated,
          part.createdBy(),
          part.createdAt());
    }
  }
}
