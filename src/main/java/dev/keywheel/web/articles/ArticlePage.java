package dev.keywheel.web.articles;

import dev.keywheel.article.page.Quality;
import dev.keywheel.article.page.Quality.Check;
import dev.keywheel.article.run.model.PartName;
import dev.keywheel.article.view.ArticleService.Format;
import dev.keywheel.article.view.ArticleView;
import dev.keywheel.article.view.RunRow;
import dev.keywheel.run.RunState;
import dev.keywheel.web.form.Fields;
import dev.keywheel.web.page.RenderContext;
import dev.keywheel.web.page.Severity;
import dev.keywheel.web.security.RequiredRole;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * The page of an article.
 *
 * @param fields values and errors of the forms: the public address in {@code address}, and the
 *     versions of the parts on the page in {@code versions}
 */
public record ArticlePage(ArticleView article, List<RunRow> runs, Fields fields) {
  private static final int GOOD_SCORE = 85;
  private static final int FAIR_SCORE = 65;

  public static String path(UUID article) {
    return "/articles/" + article;
  }

  public String path() {
    return path(article.id());
  }

  public boolean readable() {
    return article.body() != null;
  }

  /** Whether the current user may edit the blocks of the article. */
  public boolean editable() {
    return RenderContext.may(RequiredRole.OPERATOR);
  }

  /** Whether a run is working on the article now. */
  public boolean live() {
    return !article.lastRunState().ended();
  }

  /** Whether the page waits for the first text of the article. */
  public boolean waiting() {
    return live() && !readable();
  }

  /** Whether the last run left no gaps, so that gaps come from later edits. */
  public boolean lastRunComplete() {
    return article.lastRunState() == RunState.COMPLETED;
  }

  public boolean reviewed() {
    return article.reviewed();
  }

  /** Whether a change of the article has withdrawn its last review. */
  public boolean reviewLapsed() {
    return !article.reviewed() && article.lastReviewer() != null;
  }

  /** Why the last review was withdrawn. */
  public String whyLapsed() {
    var at = article.lastReviewAt();
    var changed =
        article.parts().stream()
            .filter(part -> at != null && part.at().isAfter(at))
            .map(
                part ->
                    part.part() == PartName.PLAN ? "title and search result" : part.part().label())
            .collect(Collectors.joining(", "));
    return "Draft again after the review by "
        + article.lastReviewer()
        + ": "
        + (changed.isEmpty() ? "a claim was unticked." : "changes in " + changed + ".");
  }

  public List<Check> claims() {
    var quality = article.quality();
    return quality == null ? List.of() : quality.check();
  }

  public boolean checked(Check claim) {
    return article.checkedClaims().contains(claim.key());
  }

  public long uncheckedClaims() {
    return claims().stream().filter(claim -> !checked(claim)).count();
  }

  /** {@code Check these: 2 of 5 checked}. */
  public String progress() {
    return "Check these: %s of %s checked"
        .formatted(claims().size() - uncheckedClaims(), claims().size());
  }

  public List<Format> formats() {
    return List.of(Format.values());
  }

  public String downloadPath(Format format) {
    return path() + "/downloads/" + format.word();
  }

  public String runPath() {
    return "/runs/" + article.lastRun();
  }

  public Severity scoreTone() {
    Quality quality = article.quality();
    if (quality == null) {
      return Severity.OFF;
    }
    return quality.score() >= GOOD_SCORE
        ? Severity.OK
        : quality.score() >= FAIR_SCORE ? Severity.WARN : Severity.BAD;
  }

  public String origin(ArticleView.PartView part) {
    var by = part.by() == null ? "" : " by " + part.by();
    return switch (part.origin()) {
      case "run" -> "made in a run";
      case "edit" -> "edited" + by;
      case "restore" -> "restored" + by;
      case "local" -> "built-in cover";
      default -> part.origin();
    };
  }

  public boolean anyStale() {
    return article.parts().stream().anyMatch(ArticleView.PartView::stale);
  }
}
