package dev.keywheel.article.tool.judge;

import dev.keywheel.article.plan.ToolBrief.Expect;
import dev.keywheel.article.tool.BrowserCheck.Observed;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What the sources of test cases say of a tool's numbers. Each works its cases out by itself, and
 * each may be mistaken: a model slips in one case, or has misunderstood the brief in all of its
 * cases. So one source alone never condemns an output, however many of its cases differ. A faulty
 * tool, on the other hand, is right by accident in some case or other (a tip of nothing, one
 * person): one case that agrees does not acquit it.
 */
public record TestEvidence(List<Observed> observed) {

  /** Outputs that are wrong by the word of more than one source. */
  public Set<String> refuted() {
    return outputs().stream()
        .filter(output -> sameInputs(output) || mostSources(output))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Two sources agree against the tool for the very same inputs, whatever other inputs give. */
  private boolean sameInputs(String output) {
    return differing(output).stream()
        .collect(
            Collectors.groupingBy(
                o -> o.test().test().set(),
                Collectors.mapping(o -> o.test().source(), Collectors.toSet())))
        .entrySet()
        .stream()
        .anyMatch(e -> e.getValue().size() > 1 && !copied(output, e.getValue()));
  }

  /**
   * The author of the tool is given the plan's cases and may hand them on unworked: a slip of the
   * plan is then told twice. It counts once when the reviewer's own cases all confirm the output.
   */
  private boolean copied(String output, Set<String> sources) {
    boolean handedOn = sources.equals(Set.of("plan", "tool"));
    var reviewed = of(output).stream().filter(o -> o.test().source().equals("review")).toList();
    return handedOn && !reviewed.isEmpty() && reviewed.stream().noneMatch(o -> differs(o, output));
  }

  /**
   * Each source has one voice, against the output when more of its cases differ than agree, for it
   * when more agree. It takes cases of two sources and more voices against than for.
   */
  private boolean mostSources(String output) {
    var sources = sources(differing(output));
    int against = 0;
    for (var source : sources(of(output))) {
      against += Integer.signum(balance(output, source));
    }
    return sources.size() > 1 && against > 0;
  }

  /** Cases of a source that differ in an output, less those that agree. */
  private int balance(String output, String source) {
    return of(output).stream()
        .filter(o -> o.test().source().equals(source))
        .mapToInt(o -> differs(o, output) ? 1 : -1)
        .sum();
  }

  private List<Observed> differing(String output) {
    return of(output).stream().filter(o -> differs(o, output)).toList();
  }

  private static boolean differs(Observed o, String output) {
    return o.mismatches().contains(output);
  }

  /** The cases that expect something of an output. */
  private List<Observed> of(String output) {
    return observed.stream()
        .filter(o -> o.test().test().expect().stream().anyMatch(e -> e.output().equals(output)))
        .toList();
  }

  private Set<String> outputs() {
    return observed.stream()
        .flatMap(o -> o.test().test().expect().stream())
        .map(Expect::output)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<String> sources(Collection<Observed> cases) {
    return cases.stream()
        .map(o -> o.test().source())
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  /** The cases that another version of the tool was tried with as well. */
  TestEvidence common(TestEvidence other) {
    var known = other.observed.stream().map(TestEvidence::key).collect(Collectors.toSet());
    return new TestEvidence(observed.stream().filter(o -> known.contains(key(o))).toList());
  }

  /** A case without the ids of fields and outputs, which are each version's own. */
  private static List<Object> key(Observed o) {
    var test = o.test().test();
    var expected =
        test.expect().stream()
            .map(e -> Objects.toString(e.number()) + "|" + e.contains() + "|" + e.matches())
            .sorted()
            .toList();
    return List.of(o.test().source(), test.set().values().stream().sorted().toList(), expected);
  }

  /** Cases in which the tool showed something else than their source expects. */
  int disputed() {
    return (int) observed.stream().filter(o -> !o.passed()).count();
  }
}
