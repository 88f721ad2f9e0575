package dev.keywheel;

import dev.keywheel.article.view.RunService;
import dev.keywheel.db.Database;
import dev.keywheel.people.identity.WorkspaceIds;
import dev.keywheel.problem.Conflict;
import dev.keywheel.recovery.Recovery;
import dev.keywheel.recovery.store.RecoveryHistory;
import java.util.UUID;

/**
 * Cancels the runs and key tests of archived workspaces. A job repeats this, because a crash, or a
 * run that starts at the moment of archiving, can leave work running.
 */
final class ArchivedWorkspaces {
  private static final String ACTOR = "the archiving of the workspace";

  private final Database database;
  private final RunService runs;
  private final Recovery recovery;
  private final RecoveryHistory history;

  ArchivedWorkspaces(Database database, RunService runs, Recovery recovery) {
    this.database = database;
    this.runs = runs;
    this.recovery = recovery;
    this.history = new RecoveryHistory(database);
  }

  void stopWork() {
    database.read(dsl -> dsl.fetchValues(WorkspaceIds.archived())).forEach(this::stopWork);
  }

  private void stopWork(UUID workspace) {
    runs.unfinished(workspace).forEach(run -> cancel(workspace, run.id()));
    history.running(workspace).forEach(batch -> recovery.cancel(workspace, batch.id(), ACTOR));
  }

  private void cancel(UUID workspace, UUID run) {
    try {
      runs.cancel(workspace, run, ACTOR);
    } catch (Conflict ended) {
      // The run ended after it was listed.
    }
  }
}
