package dev.keywheel.article.run.engine;

import dev.keywheel.article.operation.conversation.ModelFailure;
import dev.keywheel.article.operation.conversation.ModelQueue;
import dev.keywheel.article.operation.conversation.ModelRole;
import dev.keywheel.article.operation.conversation.Models;
import dev.keywheel.article.operation.conversation.Operation;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.provider.Catalogue;
import dev.keywheel.provider.ModelClass;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The models that a run may use: the workspace's lists, without models that the provider does not
 * offer. Models that are unavailable, or that twice gave nothing usable in this run, come last.
 */
final class OperationModels {
  /** Number of calls without a usable answer after which a model comes last. */
  private static final int SILENT_CALLS = 2;

  private final Models models;
  private final Catalogue catalogue;
  private final UnavailableModels unavailableModels;
  private final PoolId pool;

  /** How often each model gave nothing usable since its last answer. */
  private final Map<String, Integer> silent = new ConcurrentHashMap<>();

  OperationModels(
      Models models, Catalogue catalogue, UnavailableModels unavailableModels, PoolId pool) {
    this.models = models;
    this.catalogue = catalogue;
    this.unavailableModels = unavailableModels;
    this.pool = pool;
  }

  void recordFailure(String model, ModelFailure failure) {
    if (failure.gone()) {
      unavailableModels.record(pool, model);
    } else if (failure.silent()) {
      silent.merge(model, 1, Integer::sum);
    }
  }

  void recordAvailable(String model) {
    unavailableModels.forget(pool, model);
    silent.remove(model);
  }

  ModelQueue queue(Operation operation) {
    return new ModelQueue(list(operation.role(), null), catalogue);
  }

  /**
   * The models for the review of the tool. The model that wrote the tool comes last, so that
   * another model checks it.
   */
  ModelQueue checkerQueue(@Nullable String writer) {
    return new ModelQueue(list(ModelRole.CHECKER, writer), catalogue);
  }

  /** Class of the first text model; it decides which limits of a key apply to the run. */
  ModelClass textClass() {
    return ModelClass.of(list(ModelRole.WRITER, null).getFirst());
  }

  List<String> list(ModelRole modelRole, @Nullable String writer) {
    var candidates = models.candidates(modelRole, catalogue);
    var last = new HashSet<>(unavailableModels.of(pool));
    silent.forEach(
        (model, times) -> {
          if (times >= SILENT_CALLS) {
            last.add(model);
          }
        });
    // A model that failed may answer again: trying it is better than giving up.
    var list = new ArrayList<>(candidates);
    list.sort(Comparator.comparing(last::contains));
    if (list.isEmpty()) {
      list.addAll(Models.DEFAULT.of(modelRole));
    }
    if (writer != null && list.size() > 1 && list.remove(writer)) {
      list.add(writer);
    }
    return list;
  }
}
