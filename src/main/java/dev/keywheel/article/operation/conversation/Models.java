package dev.keywheel.article.operation.conversation;

import dev.keywheel.provider.Catalogue;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.provider.ModelInfo;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The models of each role in order of preference; a settings group of the workspace.
 *
 * @param roles ids of models; the first model that the provider offers is used, and the next ones
 *     when it fails
 */
public record Models(Map<ModelRole, List<String>> roles) {
  /** Name of the settings group for a provider. */
  public static String setting(String provider) {
    return "models_" + provider;
  }

  private static final List<String> WRITERS =
      List.of(
          "z-ai/glm-4.5-air:free",
          "meta-llama/llama-3.3-70b-instruct:free",
          "google/gemma-3-27b-it:free",
          "deepseek/deepseek-r1-0528:free");

  public static final Models DEFAULT =
      new Models(
          Map.of(
              ModelRole.PLANNER, WRITERS,
              ModelRole.WRITER, WRITERS,
              ModelRole.CODER,
                  List.of(
                      "qwen/qwen3-coder:free",
                      "z-ai/glm-4.5-air:free",
                      "deepseek/deepseek-r1-0528:free"),
              ModelRole.CHECKER,
                  List.of(
                      "openai/gpt-oss-20b:free",
                      "meta-llama/llama-3.3-70b-instruct:free",
                      "z-ai/glm-4.5-air:free"),
              ModelRole.IMAGE, List.of("google/gemini-2.5-flash-image")));

  /** Minimum context length, in tokens, of a substitute for unavailable models. */
  private static final int MIN_CONTEXT = 32_000;

  public Models {
    var complete = new EnumMap<ModelRole, List<String>>(ModelRole.class);
    for (var role : ModelRole.values()) {
      complete.put(role, List.copyOf(roles.getOrDefault(role, List.of())));
    }
    roles = Map.copyOf(complete);
  }

  /** The same lists with the chosen model of each role first. */
  public Models preferring(Map<ModelRole, String> chosen) {
    var preferred = new EnumMap<ModelRole, List<String>>(roles);
    chosen.forEach(
        (modelRole, model) ->
            preferred.put(
                modelRole,
                Stream.concat(Stream.of(model), of(modelRole).stream()).distinct().toList()));
    return new Models(preferred);
  }

  /** The class of the first writer model, which decides the status shown for a key. */
  public ModelClass textClass() {
    var writers = of(ModelRole.WRITER);
    return ModelClass.of((writers.isEmpty() ? WRITERS : writers).getFirst());
  }

  public List<String> of(ModelRole modelRole) {
    return roles.getOrDefault(modelRole, List.of());
  }

  /**
   * The models to try for a role, best first.
   *
   * <p>Without a catalogue, or without any substitute, the list is used as it is. Otherwise models
   * that are not offered are skipped. If none is left, up to three free models with the largest
   * context replace them; for images, up to three image models, free or not.
   */
  public List<String> candidates(ModelRole modelRole, Catalogue catalogue) {
    var wanted = of(modelRole);
    if (!catalogue.known()) {
      return wanted;
    }
    var offered = wanted.stream().filter(id -> catalogue.model(id).isPresent()).toList();
    return offered.isEmpty() ? fallbacks(modelRole, catalogue, wanted) : offered;
  }

  private static List<String> fallbacks(
      ModelRole modelRole, Catalogue catalogue, List<String> wanted) {
    var found = new ArrayList<ModelInfo>(catalogue.models().values());
    if (modelRole == ModelRole.IMAGE) {
      found.removeIf(m -> !m.generatesImages());
    } else {
      found.removeIf(
          m -> !m.id().endsWith(":free") || m.contextLength() < MIN_CONTEXT || m.generatesImages());
    }
    found.sort(Comparator.comparingInt(ModelInfo::contextLength).reversed());
    var ids = found.stream().map(ModelInfo::id).limit(3).toList();
    return ids.isEmpty() ? wanted : ids;
  }
}
