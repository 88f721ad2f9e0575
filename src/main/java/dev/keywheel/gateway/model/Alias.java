package dev.keywheel.gateway.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * A name that clients can request instead of the ids of one or more models.
 *
 * @param name the name, with at most one {@code *}, which matches one or more characters
 * @param targets the targets in the order in which to try them
 */
public record Alias(UUID id, String name, boolean enabled, List<AliasTarget> targets) {
  static final char WILDCARD = '*';

  public Alias {
    targets = List.copyOf(targets);
  }

  /**
   * One model at one provider.
   *
   * @param model the provider's id of the model; a {@code *} in it is replaced by the text that the
   *     wildcard of the alias matched
   * @param beside whether the target shares the requests with the target before it, in proportion
   *     to their weights; otherwise it is tried after that target
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

  /** The targets in the order in which to try them. Targets that share requests are in one list. */
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
   * The text of one of {@link #steps}, as users type it: {@code provider/model 3 {"temperature": 0}
   * | provider/model 1}.
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

  /** The text that the wildcard matches in {@code asked}; empty if the name does not match. */
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
