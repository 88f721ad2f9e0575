package dev.keywheel.article;

import dev.keywheel.article.run.PartName;
import dev.keywheel.people.Person;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What people do with an article's parts: change, compare, bring back, lock, have made again, and
 * vouch for.
 */
public final class Editing {

  /** Versions of a part, newest first. */
  public List<Version> versions(UUID workspace, UUID articleId, PartName part) {
    throw new UnsupportedOperationException("not yet");
  }

  /**
   * A part as text for a form: markdown with {@code @@id@@} lines for guide, sections and FAQ, HTML
   * for the tool, JSON for the plan.
   */
  public String source(UUID workspace, UUID articleId, PartName part, int version) {
    throw new UnsupportedOperationException("not yet");
  }

  /** Line by line what changed from one version to another. */
  public List<DiffLine> diff(UUID workspace, UUID articleId, PartName part, int from, int to) {
    throw new UnsupportedOperationException("not yet");
  }

  /**
   * Saves what a person wrote as a new version and locks the part.
   *
   * @param basedOn the version that was edited
   * @throws dev.keywheel.problem.Conflict when somebody saved another version meanwhile
   * @throws dev.keywheel.problem.Refused when the text cannot stand in the page; the sentence says
   *     where
   */
  public void edit(UUID articleId, PartName part, int basedOn, String source, Person who) {
    throw new UnsupportedOperationException("not yet");
  }

  /** Makes a copy of an old version the current one. */
  public void restore(UUID articleId, PartName part, int version, Person who) {
    throw new UnsupportedOperationException("not yet");
  }

  /** A locked part is left alone by later runs. */
  public void lock(UUID articleId, PartName part, boolean locked, Person who) {
    throw new UnsupportedOperationException("not yet");
  }

  /**
   * Has one part made again, in a run of its own with a fresh plan, by the key at its operation's
   * position.
   *
   * @param heading id of the one block to write again, for sections; null for the whole part
   * @param instruction such as "shorter"; may be empty
   * @return id of the run
   * @throws dev.keywheel.problem.Conflict when the part is locked or a run works on the article
   */
  public UUID regenerate(
      UUID articleId,
      PartName part,
      @Nullable String heading,
      String instruction,
      Person who,
      UUID requestId) {
    throw new UnsupportedOperationException("not yet");
  }

  /** A person vouches for the article, or takes that back. */
  public void reviewed(UUID articleId, boolean reviewed, Person who) {
    throw new UnsupportedOperationException("not yet");
  }

  /**
   * A version of a part.
   *
   * @param origin run, edit, restore or local
   * @param by who or what made it
   */
  public record Version(int version, boolean current, String origin, String by, Instant at) {}

  /** A line of a comparison: {@code kind} is {@code same}, {@code added} or {@code removed}. */
  public record DiffLine(String kind, String text) {}
}
