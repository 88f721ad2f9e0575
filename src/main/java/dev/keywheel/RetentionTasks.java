package dev.keywheel;

import dev.keywheel.article.edit.ArticleTrash;
import dev.keywheel.gateway.ledger.GatewayDays;
import dev.keywheel.key.imports.ImportRetention;
import dev.keywheel.key.search.KeyHistoryRetention;
import dev.keywheel.log.LogRetention;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.recovery.store.RecoveryRetention;
import dev.keywheel.retention.RemovedRows;
import dev.keywheel.retention.RetentionSettings;
import dev.keywheel.retention.RetentionTask;
import dev.keywheel.run.RawReplies;
import dev.keywheel.usage.UsageRetention;
import java.time.Duration;
import java.util.List;

final class RetentionTasks {
  /** A pass also reads the rows that keys keep regardless of their age. */
  private static final Duration HISTORY_INTERVAL = Duration.ofDays(1);

  private RetentionTasks() {}

  /**
   * All tasks, in the order in which they run. Recoveries come after their log lines and key tests,
   * so that these are usually removed first.
   */
  static List<RetentionTask> all(Audit audit) {
    return List.of(
        new RetentionTask("log", "log lines", RetentionSettings::logDays, LogRetention::remove),
        new RetentionTask(
            "key_changes",
            "changes of keys",
            RetentionSettings::historyDays,
            HISTORY_INTERVAL,
            KeyHistoryRetention::removeChanges),
        new RetentionTask(
            "key_tests",
            "tests of keys",
            RetentionSettings::historyDays,
            HISTORY_INTERVAL,
            KeyHistoryRetention::removeTests),
        new RetentionTask(
            "recoveries",
            "recoveries",
            RetentionSettings::historyDays,
            HISTORY_INTERVAL,
            RecoveryRetention::remove),
        new RetentionTask(
            "usage_hours",
            "hours of usage",
            _ -> UsageRetention.HOUR_DAYS,
            UsageRetention::removeHours),
        new RetentionTask(
            "usage_key_days",
            "days of key usage",
            RetentionSettings::historyDays,
            UsageRetention::removeKeyDays),
        new RetentionTask(
            "raw_replies", "raw replies", RetentionSettings::rawDays, RawReplies::remove),
        new RetentionTask(
            "gateway_requests",
            "gateway requests",
            RetentionSettings::gatewayDays,
            GatewayDays::remove),
        new RetentionTask(
            "request_streams",
            "logs of requests",
            kept -> Math.max(kept.logDays(), kept.gatewayDays()),
            HISTORY_INTERVAL,
            LogRetention::removeStreamsOfRequests),
        new RetentionTask(
            "imports", "import previews", RetentionSettings::previewDays, ImportRetention::remove),
        new RetentionTask(
            "article_trash",
            "deleted articles",
            RetentionSettings::articleTrashDays,
            ArticleTrash::purge),
        new RetentionTask(
            "audit",
            "audit entries",
            RetentionSettings::auditDays,
            (tx, workspace, before, cursor, limit) ->
                RemovedRows.oldest(audit.removeBefore(tx, workspace, before, limit), limit)));
  }
}
