package dev.keywheel.article.run;

import dev.keywheel.article.plan.Wishes;
import org.jspecify.annotations.Nullable;

/**
 * What a run was asked for; stored with it.
 *
 * @param only the one part to be made again, by its operation's number; 0 for a whole run
 * @param heading id of the one block to be written again, or null for the whole part
 * @param instruction the editor's wish for that part; may be empty
 */
public record RunInputs(Wishes wishes, int only, @Nullable String heading, String instruction) {
  public static RunInputs full(Wishes wishes) {
    return new RunInputs(wishes, 0, null, "");
  }

  /** The wish, when it is for this operation. */
  String instructionFor(int operation) {
    return only == operation ? instruction : "";
  }
}
