package dev.keywheel.article;

import dev.keywheel.people.Person;
import java.util.List;
import java.util.UUID;

/** Runs, as people see and steer them. */
public final class Runs {

  /**
   * @throws dev.keywheel.problem.NotFound when the workspace has no such run
   */
  public RunView run(UUID workspace, UUID runId) {
    throw new UnsupportedOperationException("not yet");
  }

  /** Newest first. */
  public List<RunRow> newest(UUID workspace, int limit) {
    throw new UnsupportedOperationException("not yet");
  }

  /** Those that have not ended, oldest first. */
  public List<RunRow> unfinished(UUID workspace) {
    throw new UnsupportedOperationException("not yet");
  }

  /** All runs of an article, newest first. */
  public List<RunRow> ofArticle(UUID workspace, UUID articleId) {
    throw new UnsupportedOperationException("not yet");
  }

  /**
   * Starts no further call; what is finished stays. Calls under way are given up.
   *
   * @throws dev.keywheel.problem.Conflict when the run has ended
   */
  public void cancel(UUID runId, Person who) {
    throw new UnsupportedOperationException("not yet");
  }

  /**
   * Goes on with the operations that did not succeed and those that depend on them; finished ones
   * stay.
   *
   * @throws dev.keywheel.problem.Conflict when the run has not ended, or has nothing to do again
   */
  public void retry(UUID runId, Person who) {
    throw new UnsupportedOperationException("not yet");
  }

  /**
   * Raw reply of an attempt as text, for whoever wants to see what a model really said; empty when
   * none is kept.
   */
  public String rawReply(UUID workspace, UUID runId, long attemptId) {
    throw new UnsupportedOperationException("not yet");
  }
}
