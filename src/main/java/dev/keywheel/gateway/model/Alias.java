package dev.keywheel.gateway.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * A name for models.
 *
 * @param name with at most one {@code *}, which matches one or more characters
 * @param targets in the order in which to try them
 */
public record Alias(UUID id, String name, boolean enabled, List<AliasTarget> targets) {
  static final char WILDCARD = '*';

  public Alias {
    targets = List.copyOf(targets);
  }

  /**
   * One model at one provider.
   *
   * @param model the id that the provider knows; a {@code *} stands for that of the alias's name
   * @param beside whether it shares the requests with the target before it, by their weights;
   *     otherwise it is tried after that
   * @param fields top-level fields that are set in the body of a request to this target, as one
   *     JSON object; empty for none
   */
  public record AliasTarget(
      String provider, String model, int weight, boolean beside, String fields) {
    public AliasTarget {
      weight = Math.max(1, weight);
      fields = Objects.requireNonNullElse(fields, ""); // absent in rows of earlier versions
    }

    public AliasTarget(String provider, String model) {
      this(provider, model, 1, false, "");
    }
  }

  /** The targets in the order in which to try them; those that share requests are together. */
  public List<List<AliasTarget>> steps() {
    var steps = new ArrayList<List<AliasTarget>>();
    for (AliasTarget target : targets) {
      if (steps.isEmpty() || !target.beside()) {
        steps.add(new ArrayList<>());
      }
      steps.getLast().add(target);
    }
    return steps;
  }

  /**
   * One of {@link #steps}, as it is typed: {@code provider/model 3 {"temperature": 0} |
   * provider/model 1}.
   */
  public static String text(List<AliasTarget> step) {
    return step.stream()
        .map(
            target ->
                target.provider()
                    + "/"
                    + target.model()
                    + (step.size() > 1 ? " " + target.weight() : "")
                    + (target.fields().isEmpty() ? "" : " " + target.fields()))
        .collect(Collectors.joining(" | "));
  }

  boolean wildcard() {
    return name.indexOf(WILDCARD) >= 0;
  }

  /** What the wildcard matches in this model; empty if the name does not match. */
  Optional<String> match(String asked) {
    int star = name.indexOf(WILDCARD);
    String start = name.substring(0, star);
    String end = name.substring(star + 1);
    return asked.length() > start.length() + end.length()
            && asked.startsWith(start)
            && asked.endsWith(end)
        ? Optional.of(asked.substring(start.length(), asked.length() - end.length()))
        : Optional.empty();
  }
}
