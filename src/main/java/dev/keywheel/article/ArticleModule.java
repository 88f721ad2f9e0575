package dev.keywheel.article;

import dev.keywheel.article.edit.ArticleEditor;
import dev.keywheel.article.edit.ArticleTrash;
import dev.keywheel.article.edit.BlockEditor;
import dev.keywheel.article.edit.DetailsEditor;
import dev.keywheel.article.edit.Regeneration;
import dev.keywheel.article.edit.Versions;
import dev.keywheel.article.run.engine.RunCommands;
import dev.keywheel.article.run.engine.RunJob;
import dev.keywheel.article.tool.ToolCheck;
import dev.keywheel.article.view.ArticleService;
import dev.keywheel.article.view.RunService;
import dev.keywheel.assignment.Assignments;
import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.db.RetryingDatabase;
import dev.keywheel.job.JobDefinition;
import dev.keywheel.job.JobDefinition.OneTime;
import dev.keywheel.job.JobDefinition.Recurring;
import dev.keywheel.job.Jobs;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.provider.Providers;
import dev.keywheel.rotation.CallExecutor;
import dev.keywheel.settings.SettingsStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;

/**
 * The services and jobs for articles. Create it before the jobs start, because it defines jobs.
 *
 * @param jobs the jobs that execute and schedule runs and wake runs that wait for keys
 */
public record ArticleModule(
    ArticleService articles,
    RunService runs,
    ArticleEditor editor,
    BlockEditor blocks,
    DetailsEditor details,
    ArticleTrash trash,
    Versions versions,
    Regeneration regeneration,
    List<JobDefinition> jobs) {
  /** Poll interval for runs that wait for keys. */
  private static final Duration POLL_WAITING = Duration.ofSeconds(2);

  /** Poll interval for runs without a job. */
  private static final Duration POLL_WITHOUT_JOB = Duration.ofMinutes(1);

  /** Poll interval for unfinished runs of deleted articles. */
  private static final Duration POLL_DELETED = Duration.ofSeconds(30);

  /**
   * @param lasting the database for the writes of runs, which are retried while it restarts
   * @param toolCheck checks tools in a browser; {@link ToolCheck#none} without a browser
   */
  public static ArticleModule of(
      Database database,
      RetryingDatabase lasting,
      KeyPool keys,
      Assignments assignments,
      CallExecutor calls,
      Providers providers,
      SettingsStore settings,
      ExecutionLog log,
      Audit audit,
      Jobs jobs,
      Ids ids,
      InstantSource clock,
      ToolCheck toolCheck) {
    var start = new RunCommands(database, keys, calls, settings, log, audit, jobs, ids, clock);
    var job =
        new RunJob(
            lasting,
            keys,
            assignments,
            calls,
            providers,
            settings,
            log,
            jobs,
            ids,
            clock,
            start,
            toolCheck);
    var runs = new RunService(database, start, clock);
    return new ArticleModule(
        new ArticleService(database, providers, start, settings, audit),
        runs,
        new ArticleEditor(database, audit, ids, clock, toolCheck),
        new BlockEditor(database, audit, ids, clock),
        new DetailsEditor(database, audit, ids, clock),
        new ArticleTrash(database, audit, clock),
        new Versions(database),
        new Regeneration(database, providers, start),
        List.of(
            new OneTime(RunJob.NAME, job),
            new Recurring("article_runs_waiting", POLL_WAITING, start::wakeWaiting),
            new Recurring("article_runs_forgotten", POLL_WITHOUT_JOB, job::scheduleMissing),
            new Recurring("article_runs_deleted", POLL_DELETED, runs::cancelOfDeletedArticles)));
  }
}
