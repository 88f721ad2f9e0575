package dev.keywheel.article.operation.conversation;

import dev.keywheel.provider.Catalogue;
import dev.keywheel.provider.ModelInfo;
import dev.keywheel.provider.ReplyFormat;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The models left for an operation, and the JSON format requested from the current one. */
public final class ModelQueue {
  private final List<String> left;
  private final Catalogue catalogue;
  private final Map<String, Instant> busy = new HashMap<>();
  private String current;
  private int weakened;

  /**
   * @param models best first; never empty
   */
  public ModelQueue(List<String> models, Catalogue catalogue) {
    if (models.isEmpty()) {
      throw new IllegalArgumentException("An operation needs a model");
    }
    this.left = new ArrayList<>(models);
    this.current = models.getFirst();
    this.catalogue = catalogue;
  }

  String current() {
    return current;
  }

  boolean hasOther() {
    return left.size() > 1;
  }

  /** Removes the current model and selects another, which must exist. */
  void dropCurrent() {
    left.remove(current);
    selectNext();
  }

  /** Marks the current model as busy until the given time, and selects the model to call next. */
  void busyUntil(Instant until) {
    busy.put(current, until);
    selectNext();
  }

  /** The time when the current model becomes available; {@code now} if it was never busy. */
  Instant freeAt(Instant now) {
    return busy.getOrDefault(current, now);
  }

  /** Selects the best model that was never busy, otherwise the model that is available first. */
  private void selectNext() {
    var before = current;
    current =
        left.stream()
            .min(Comparator.comparing(model -> busy.getOrDefault(model, Instant.MIN)))
            .orElseThrow();
    if (!current.equals(before)) {
      weakened = 0;
    }
  }

  private Optional<ModelInfo> currentInfo() {
    return catalogue.model(current());
  }

  /**
   * The strictest JSON format that the model supports and has not refused; plain text if there is
   * no schema.
   */
  ReplyFormat format(String name, Optional<String> schema) {
    if (schema.isEmpty()) {
      return new ReplyFormat.Text();
    }
    var formats = formats(name, schema.get());
    return formats.get(Math.min(weakened, formats.size() - 1));
  }

  private List<ReplyFormat> formats(String name, String schema) {
    var formats = new ArrayList<ReplyFormat>();
    if (currentInfo().map(ModelInfo::followsSchemas).orElse(false)) {
      formats.add(new ReplyFormat.JsonSchema(name, schema));
    }
    if (currentInfo().map(o -> o.followsSchemas() || o.answersJson()).orElse(true)) {
      formats.add(new ReplyFormat.JsonObject());
    }
    formats.add(new ReplyFormat.Text());
    return formats;
  }

  boolean canWeaken(String name, Optional<String> schema) {
    return schema.isPresent() && weakened < formats(name, schema.get()).size() - 1;
  }

  void weaken() {
    weakened++;
  }

  /** Extra completion tokens for a reasoning model; 0 for other models. */
  int reasoningTokens() {
    return currentInfo().map(o -> o.supports("reasoning")).orElse(false) ? 1_500 : 0;
  }
}
