package dev.keywheel.article.operation;

import dev.keywheel.provider.Catalogue;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.provider.ModelOffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The models of each role in order of preference; a group of settings for each workspace.
 *
 * @param roles ids of models; the first one offered is used, the others follow when it fails
 */
public record Models(Map<Role, List<String>> roles) {
  /** Name of the group of settings, for a provider. */
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
              Role.PLANNER, WRITERS,
              Role.WRITER, WRITERS,
              Role.CODER,
                  List.of(
                      "qwen/qwen3-coder:free",
                      "z-ai/glm-4.5-air:free",
                      "deepseek/deepseek-r1-0528:free"),
              Role.CHECKER,
                  List.of(
                      "openai/gpt-oss-20b:free",
                      "meta-llama/llama-3.3-70b-instruct:free",
                      "z-ai/glm-4.5-air:free"),
              Role.IMAGE, List.of("google/gemini-2.5-flash-image")));

  /** Least context of a model that is taken because nothing of a list is offered, in tokens. */
  private static final int LEAST_CONTEXT = 32_000;

  public Models {
    var complete = new EnumMap<Role, List<String>>(Role.class);
    for (var role : Role.values()) {
      complete.put(role, List.copyOf(roles.getOrDefault(role, List.of())));
    }
    roles = Map.copyOf(complete);
  }

  /** The same lists with the models chosen in front, each for its role. */
  public Models preferring(Map<Role, String> chosen) {
    var preferred = new EnumMap<Role, List<String>>(roles);
    chosen.forEach(
        (role, model) ->
            preferred.put(
                role, Stream.concat(Stream.of(model), of(role).stream()).distinct().toList()));
    return new Models(preferred);
  }

  /** The class of the first model that writes texts: which limits a key's shown status tells of. */
  public ModelClass textClass() {
    var writers = of(Role.WRITER);
    return ModelClass.of((writers.isEmpty() ? WRITERS : writers).getFirst());
  }

  public List<String> of(Role role) {
    return roles.getOrDefault(role, List.of());
  }

  /**
   * The models to try for a role, best first.
   *
   * <p>Without a catalogue the list is taken as it is. With one, ids that are not offered are
   * passed over; when none is left, the free models with the largest context stand in (for
   * pictures: whatever draws).
   */
  public List<String> live(Role role, Catalogue catalogue) {
    var wanted = of(role);
    if (!catalogue.known()) {
      return wanted;
    }
    var offered = wanted.stream().filter(id -> catalogue.model(id).isPresent()).toList();
    return offered.isEmpty() ? standIns(role, catalogue, wanted) : offered;
  }

  private static List<String> standIns(Role role, Catalogue catalogue, List<String> wanted) {
    var found = new ArrayList<ModelOffer>(catalogue.models().values());
    if (role == Role.IMAGE) {
      found.removeIf(m -> !m.draws());
    } else {
      found.removeIf(
          m -> !m.id().endsWith(":free") || m.contextLength() < LEAST_CONTEXT || m.draws());
    }
    found.sort(Comparator.comparingInt(ModelOffer::contextLength).reversed());
    var ids = found.stream().map(ModelOffer::id).limit(3).toList();
    return ids.isEmpty() ? wanted : ids;
  }
}
