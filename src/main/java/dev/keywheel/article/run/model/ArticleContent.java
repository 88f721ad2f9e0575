package dev.keywheel.article.run.model;

import dev.keywheel.article.page.ArticleParts;
import dev.keywheel.article.page.ArticleParts.Text;
import dev.keywheel.article.page.Publication;
import dev.keywheel.article.page.Quality;
import dev.keywheel.article.page.Scoring;
import dev.keywheel.article.plan.ContentGap;
import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.run.model.PartBodies.ImageBody;
import dev.keywheel.article.run.model.PartBodies.ToolBody;
import dev.keywheel.article.tool.BrowserCheck;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The content of an article, made from its stored parts, and its quality. */
public final class ArticleContent {
  private ArticleContent() {}

  /**
   * The properties of an article besides its parts.
   *
   * @param reviewed when a user last marked it as reviewed; null for a draft
   */
  public record ArticleProperties(
      String language,
      Instant published,
      Instant updated,
      @Nullable Instant reviewed,
      Publication publication) {}

  /** All content of the page; empty while there is no plan. */
  public static Optional<ArticleParts> parts(PartSet partSet, ArticleProperties about) {
    return partSet.plan().map(plan -> parts(partSet, shown(partSet, plan), about));
  }

  /** The plan, extended by headings that only the texts still have. */
  private static PagePlan shown(PartSet partSet, PagePlan plan) {
    var questions = new ArrayList<>(plan.faq());
    kept(partSet, plan, PartName.FAQ)
        .forEach((id, text) -> questions.add(new PagePlan.Question(id, text)));
    return plan.withHeadings(
        Headings.shown(plan.section1().headings(), kept(partSet, plan, PartName.SECTION_1)),
        Headings.shown(plan.section2().headings(), kept(partSet, plan, PartName.SECTION_2)),
        questions);
  }

  private static Map<String, String> kept(PartSet partSet, PagePlan plan, PartName part) {
    return Headings.of(plan, part).keptHeadings(partSet.body(part));
  }

  private static ArticleParts parts(PartSet partSet, PagePlan plan, ArticleProperties about) {
    var image = partSet.part(PartName.IMAGE).map(p -> p.as(ImageBody.class));
    var tool = partSet.tool().filter(ToolBody::accepted).map(ToolBody::document);
    return new ArticleParts(
        about.language(),
        plan,
        tool.orElse(null),
        text(partSet, PartName.GUIDE),
        text(partSet, PartName.SECTION_1),
        text(partSet, PartName.SECTION_2),
        text(partSet, PartName.FAQ),
        image.isPresent(),
        image.map(ImageBody::alt).orElse(plan.image().alt()),
        about.published(),
        about.updated(),
        about.reviewed(),
        about.publication());
  }

  /** The texts of a part. Links are kept only in blocks that a user wrote. */
  private static Text text(PartSet partSet, PartName name) {
    return new Text(partSet.texts(name), partSet.part(name).map(Part::typed).orElse(Set.of()));
  }

  public static Quality quality(PartSet partSet, ArticleParts parts) {
    return quality(partSet, parts, Gaps.of(partSet, parts.language()));
  }

  /** Like {@link #quality(PartSet, ArticleParts)}, with gaps that are already known. */
  public static Quality quality(PartSet partSet, ArticleParts parts, List<ContentGap> gaps) {
    var tool = partSet.tool().filter(ToolBody::accepted);
    return Scoring.of(
        parts,
        gaps,
        tool.map(ToolBody::findings).orElse(List.of()),
        tool.map(ToolBody::browser).orElse(BrowserCheck.notRun("there is no tool")));
  }
}
