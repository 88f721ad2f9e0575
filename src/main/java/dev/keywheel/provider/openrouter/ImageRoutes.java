package dev.keywheel.provider.openrouter;

import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.Catalogue;
import dev.keywheel.provider.ModelInfo;
import dev.keywheel.provider.classify.ResponseKind;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The route that each image model is known to accept. */
final class ImageRoutes {
  private final Map<String, ImageRoute> learnt = new ConcurrentHashMap<>();

  /** The route learnt from an earlier answer, otherwise according to the output modalities. */
  ImageRoute of(String model, Catalogue catalogue) {
    ImageRoute known = learnt.get(model);
    if (known != null) {
      return known;
    }
    boolean speaks =
        catalogue
            .model(model)
            .map(ModelInfo::outputModalities)
            .filter(modalities -> !modalities.isEmpty())
            .map(modalities -> modalities.contains("text"))
            .orElse(true);
    return speaks ? ImageRoute.CHAT : ImageRoute.CHAT_IMAGE_ONLY;
  }

  /**
   * Remembers and returns another route to use after this answer; empty if no other route would
   * help.
   */
  Optional<ImageRoute> learn(String model, ImageRoute tried, CallOutcome outcome) {
    String rule = outcome.evidence().rule();
    Optional<ImageRoute> better =
        switch (tried) {
          case CHAT ->
              rule.endsWith(ResponseKind.WRONG_MODALITIES.label())
                  ? Optional.of(ImageRoute.CHAT_IMAGE_ONLY)
                  : imagesIfWrongRoute(rule);
          case CHAT_IMAGE_ONLY -> imagesIfWrongRoute(rule);
          case IMAGES -> Optional.empty();
        };
    better.ifPresent(route -> learnt.put(model, route));
    return better;
  }

  private static Optional<ImageRoute> imagesIfWrongRoute(String rule) {
    return rule.endsWith(ResponseKind.WRONG_ROUTE.label())
        ? Optional.of(ImageRoute.IMAGES)
        : Optional.empty();
  }
}
