package dev.keywheel.article.run.model;

import dev.keywheel.article.operation.conversation.ModelRole;
import dev.keywheel.article.plan.ArticleRequest;
import dev.keywheel.db.Json;
import dev.keywheel.run.Run;
import java.util.Map;
import org.jooq.JSONB;
import org.jspecify.annotations.Nullable;

/**
 * The request for a run; stored with it.
 *
 * @param wishes the requested article; renaming this component would break stored runs
 * @param only number of the operation whose part is regenerated; 0 for a whole run
 * @param heading id of the only block to regenerate, or null for the whole part
 * @param instruction the editor's instruction for that part; may be empty
 * @param models the model to try first, by role; only for roles for which a model was chosen
 */
public record RunInputs(
    ArticleRequest wishes,
    int only,
    @Nullable String heading,
    String instruction,
    Map<ModelRole, String> models) {

  /** {@code models} is null in runs stored before models could be chosen for a run. */
  public RunInputs {
    models = models == null ? Map.of() : Map.copyOf(models);
  }

  public static RunInputs full(ArticleRequest articleRequest, Map<ModelRole, String> models) {
    return new RunInputs(articleRequest, 0, null, "", models);
  }

  public static RunInputs of(Run run) {
    return of(run.inputs());
  }

  public static RunInputs of(JSONB stored) {
    return Json.read(stored, RunInputs.class);
  }

  /** Whether the run makes the part of this operation. */
  public boolean includes(int operation) {
    return only == 0 || only == operation;
  }

  /** The editor's instruction for this operation; may be empty. */
  public String instructionFor(int operation) {
    return only == operation ? instruction : "";
  }
}
