package dev.keywheel.article.view;

import dev.keywheel.article.run.engine.RunCommands;
import dev.keywheel.db.Database;
import dev.keywheel.db.TransientErrors;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.problem.Conflict;
import dev.keywheel.problem.NotFound;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs, as users view and control them. */
public final class RunService {
  private static final Logger log = LoggerFactory.getLogger(RunService.class);

  /** Time for which the run of a deleted article continues, so that the deletion can be undone. */
  private static final Duration UNDO_WITHIN = Duration.ofMinutes(1);

  private final Database database;
  private final RunCommands runs;
  private final InstantSource clock;
  private final RunViews views = new RunViews();

  public RunService(Database database, RunCommands runs, InstantSource clock) {
    this.database = database;
    this.runs = runs;
    this.clock = clock;
  }

  /**
   * @throws dev.keywheel.problem.NotFound when the workspace has no such run
   */
  public RunView run(UUID workspace, UUID runId) {
    return database
        .read(dsl -> views.run(dsl, workspace, runId, runs::placeInQueue))
        .orElseThrow(() -> new NotFound("There is no such run."));
  }

  /** The runs that match the filter, newest first, even when rows before a cursor are requested. */
  public List<RunRow> list(UUID workspace, RunFilter filter, int limit) {
    return database.read(dsl -> RunSearch.list(dsl, workspace, filter, limit));
  }

  /** Failures and gaps that still need attention; failed runs only since {@code failedSince}. */
  public PendingIssues pendingIssues(UUID workspace, Instant failedSince) {
    return database.read(dsl -> PendingIssues.read(dsl, workspace, failedSince));
  }

  /** The run with this number, if it belongs to the workspace. */
  public Optional<RunRow> numbered(UUID workspace, long number) {
    return database.read(dsl -> RunSearch.numbered(dsl, workspace, number));
  }

  /** Runs that were started in a period and have made calls, by highest cost or by most calls. */
  public List<RunUsage> top(
      UUID workspace, Instant since, Instant until, boolean byCost, int limit) {
    return database.read(dsl -> RunSearch.top(dsl, workspace, since, until, byCost, limit));
  }

  /** At most 200 runs that have not ended, oldest first. */
  public List<RunRow> unfinished(UUID workspace) {
    return database.read(dsl -> RunSearch.unfinished(dsl, workspace));
  }

  /** The topics of these runs and articles, by id; ids of other workspaces are omitted. */
  public Map<UUID, ArticleTopic> topics(UUID workspace, Collection<UUID> runsOrArticles) {
    return runsOrArticles.isEmpty()
        ? Map.of()
        : database.read(dsl -> RunSearch.topics(dsl, workspace, runsOrArticles));
  }

  /** The last 100 runs of an article, newest first. */
  public List<RunRow> ofArticle(UUID workspace, UUID articleId) {
    return database.read(dsl -> RunSearch.ofArticle(dsl, workspace, articleId));
  }

  /**
   * Cancels a run: starts no call and aborts calls in progress. Finished operations are kept. For a
   * run that has ended, cancels its automatic retry instead.
   *
   * @return false if the automatic retry was cancelled
   * @throws Conflict when the run has ended and no retry is planned
   */
  public boolean cancel(UUID runId, Principal who) {
    return runs.cancel(runId, who);
  }

  /** Like {@link #cancel(UUID, Principal)}, but on behalf of a component of Keywheel. */
  public void cancel(UUID workspace, UUID runId, String actor) {
    runs.cancel(workspace, runId, actor);
  }

  /**
   * Cancels the runs of articles that were deleted more than {@link #UNDO_WITHIN} ago. Until then
   * they continue, because a cancelled call is paid for and its answer is lost, even after an undo.
   * If a run cannot be cancelled, the others still are, and the first error is thrown at the end,
   * so that the job counts as failing. An error without a connection to the database is thrown
   * immediately.
   */
  public void cancelOfDeletedArticles() {
    var before = clock.instant().minus(UNDO_WITHIN);
    @Nullable RuntimeException failed = null;
    for (var run : database.read(dsl -> RunSearch.ofDeletedArticles(dsl, before))) {
      try {
        runs.cancelOfDeleted(run.workspace(), run.id(), before);
      } catch (Conflict ended) {
        // The run ended after it was found.
      } catch (RuntimeException e) {
        if (TransientErrors.isOfConnection(e)) {
          throw e;
        }
        log.error("Run {} of a deleted article could not be cancelled", run.id(), e);
        failed = failed == null ? e : failed;
      }
    }
    if (failed != null) {
      throw failed;
    }
  }

  /**
   * Retries the operations that did not succeed and those that depend on them; finished ones are
   * kept.
   *
   * @param only number of the one failed operation to retry, with those that depend on it; 0 for
   *     all operations that did not succeed
   * @throws dev.keywheel.problem.Conflict when the run has not ended or has nothing to retry, when
   *     the operation has not failed, or when its article is deleted or has another run in progress
   */
  public void retry(UUID runId, int only, Principal who) {
    runs.retry(runId, only, who);
  }

  /**
   * The answer to an attempt.
   *
   * @throws NotFound when the run of the workspace has no such attempt
   */
  public RunView.AttemptReply reply(UUID workspace, UUID runId, long attemptId) {
    return database
        .read(dsl -> views.reply(dsl, workspace, runId, attemptId))
        .orElseThrow(() -> new NotFound("There is no such attempt."));
  }
}
