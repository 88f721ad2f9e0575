package dev.keywheel.article.run.engine;

import dev.keywheel.article.operation.conversation.ModelQueue;
import dev.keywheel.article.operation.conversation.ModelRole;
import dev.keywheel.article.operation.conversation.Models;
import dev.keywheel.article.operation.conversation.Operation;
import dev.keywheel.provider.Catalogue;
import dev.keywheel.provider.ModelClass;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The models that a run may use: the workspace's lists, without models that the provider does not
 * offer. Unavailable models come last.
 *
 * @param unavailable models that could not be served when they were last called, within the last
 *     hour
 */
record OperationModels(Models models, Catalogue catalogue, Set<String> unavailable) {

  ModelQueue queue(Operation operation) {
    return new ModelQueue(list(operation.role(), null), catalogue);
  }

  /**
   * The models for the review of the tool. The model that wrote the tool comes last, so that
   * another model checks it.
   */
  ModelQueue checker(@Nullable String writer) {
    return new ModelQueue(list(ModelRole.CHECKER, writer), catalogue);
  }

  /** Class of the first text model; it decides which limits of a key apply to the run. */
  ModelClass textClass() {
    return ModelClass.of(list(ModelRole.WRITER, null).getFirst());
  }

  private List<String> list(ModelRole modelRole, @Nullable String last) {
    var live = models.live(modelRole, catalogue);
    var list = new ArrayList<>(live.stream().filter(m -> !unavailable.contains(m)).toList());
    // A model that was unavailable may be served again: trying it is better than giving up.
    live.stream().filter(unavailable::contains).forEach(list::add);
    if (list.isEmpty()) {
      list.addAll(Models.DEFAULT.of(modelRole));
    }
    if (last != null && list.size() > 1 && list.remove(last)) {
      list.add(last);
    }
    return list;
  }
}
