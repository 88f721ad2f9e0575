package dev.keywheel.article.tool.judge;

import dev.keywheel.article.plan.ToolBrief.Expect;
import dev.keywheel.article.tool.BrowserCheck.ObservedTest;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Weighs the test cases that independent sources give for the numbers of a tool. Each source may be
 * wrong in one case or, if it misunderstands the brief, in all its cases. Therefore one source
 * alone never refutes an output. A faulty tool is right by chance in some cases (a tip of zero, one
 * person). Therefore one agreeing case does not confirm the tool.
 */
record TestEvidence(List<ObservedTest> observed) {

  /** Outputs that more than one source refutes. */
  Set<String> refuted() {
    return outputs().stream()
        .filter(output -> isRefutedForSameInputs(output) || isRefutedByMostSources(output))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Whether two sources refute the output for the same inputs, whatever other cases show. */
  private boolean isRefutedForSameInputs(String output) {
    return differing(output).stream()
        .collect(
            Collectors.groupingBy(
                o -> o.test().test().set(),
                Collectors.mapping(o -> o.test().source(), Collectors.toSet())))
        .entrySet()
        .stream()
        .anyMatch(e -> e.getValue().size() > 1);
  }

  /**
   * Each source has one vote, by the majority of its cases. The output is refuted if cases of two
   * sources refute it and most votes are against it.
   */
  private boolean isRefutedByMostSources(String output) {
    var sources = sources(differing(output));
    int against = 0;
    for (var source : sources(of(output))) {
      against += Integer.signum(balance(output, source));
    }
    return sources.size() > 1 && against > 0;
  }

  /** Number of cases of a source that refute an output, minus those that confirm it. */
  private int balance(String output, String source) {
    return of(output).stream()
        .filter(o -> from(source, o))
        .mapToInt(o -> differs(o, output) ? 1 : -1)
        .sum();
  }

  private List<ObservedTest> differing(String output) {
    return of(output).stream().filter(o -> differs(o, output)).toList();
  }

  private static boolean differs(ObservedTest o, String output) {
    return o.mismatches().contains(output);
  }

  /**
   * The cases with an expectation for an output. The author of the tool gets the cases of the plan
   * and may repeat them, so an error of the plan may appear twice. Such a case counts once unless a
   * case of the reviewer also refutes the output.
   */
  private List<ObservedTest> of(String output) {
    var all = observed.stream().filter(o -> !expected(o, output).isEmpty()).toList();
    if (all.stream().anyMatch(o -> from("review", o) && differs(o, output))) {
      return all;
    }
    var planned =
        all.stream()
            .filter(o -> from("plan", o))
            .map(o -> List.of(o.test().test().set(), expected(o, output)))
            .toList();
    return all.stream()
        .filter(
            o ->
                !from("tool", o)
                    || !planned.contains(List.of(o.test().test().set(), expected(o, output))))
        .toList();
  }

  private static boolean from(String source, ObservedTest o) {
    return o.test().source().equals(source);
  }

  /** What a case expects of an output, without tolerances. */
  private static List<String> expected(ObservedTest o, String output) {
    return o.test().test().expect().stream()
        .filter(e -> e.output().equals(output))
        .map(TestEvidence::text)
        .toList();
  }

  private static String text(Expect e) {
    return Objects.toString(e.number()) + "|" + e.contains() + "|" + e.matches();
  }

  private Set<String> outputs() {
    return observed.stream()
        .flatMap(o -> o.test().test().expect().stream())
        .map(Expect::output)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<String> sources(Collection<ObservedTest> cases) {
    return cases.stream()
        .map(o -> o.test().source())
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  /** The cases with which another version of the tool was also tested. */
  TestEvidence common(TestEvidence other) {
    var known = other.observed.stream().map(TestEvidence::key).collect(Collectors.toSet());
    return new TestEvidence(observed.stream().filter(o -> known.contains(key(o))).toList());
  }

  /** Identifies a case without the ids of fields and outputs, which differ between versions. */
  private static List<Object> key(ObservedTest o) {
    var test = o.test().test();
    var expected = test.expect().stream().map(TestEvidence::text).sorted().toList();
    return List.of(o.test().source(), test.set().values().stream().sorted().toList(), expected);
  }

  /** Number of cases whose result differs from the expectation. */
  int disputed() {
    return (int) observed.stream().filter(o -> !o.passed()).count();
  }
}
