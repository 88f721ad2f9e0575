package dev.keywheel.fault.history;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/**
 * Actions of clients and faults of two nodes within some seconds, all derived from one seed.
 *
 * @param clockOffset difference of the second node's clock from the correct time
 */
record Schedule(long seed, Duration clockOffset, List<Step> steps) {
  private static final Duration LOAD = Duration.ofSeconds(12);
  private static final Duration SKEW = Duration.ofSeconds(90);

  /** The behaviours that a spell assigns to keys, by their names in the sandbox. */
  private static final List<String> SPELLS =
      List.of(
          "ratelimited-5s",
          "bare429",
          "exhausted",
          "revoked",
          "upstream",
          "html502",
          "timeout504",
          "hang",
          "reset",
          "empty");

  /**
   * How the provider treats requests of programs. For an empty treatment, the behaviour of the key
   * applies.
   */
  private static final List<String> TREATMENTS =
      List.of(
          "",
          "",
          "",
          "",
          "slow-3s",
          "slow-3s",
          "slow-9s",
          "streamcut-2",
          "streamerror-2",
          "streamend-2",
          "comments-2");

  private static final int TREATED = 150;

  record Step(Duration at, Event event) {}

  sealed interface Event {}

  /** A request of a client to a node. */
  sealed interface Act extends Event {
    int node();
  }

  /** Sends the same form {@code clicks} times concurrently. */
  record Generate(int node, int clicks) implements Act {}

  /** {@code pick} selects one of the runs or keys known at that time. */
  record Cancel(int node, int pick) implements Act {}

  record Retry(int node, int pick) implements Act {}

  record ImportKeys(int node, int count) implements Act {}

  record Disable(int node, int pick) implements Act {}

  record Enable(int node, int pick) implements Act {}

  record Delete(int node, int pick) implements Act {}

  record TestAll(int node) implements Act {}

  record SignIn(int node) implements Act {}

  /** Programs send {@code count} requests to the gateway at the same moment. */
  record Ask(int node, int count, boolean streamed) implements Act {}

  sealed interface Fault extends Event {
    /** Duration of the fault. */
    Duration length();
  }

  record Kill(int node, Duration length) implements Fault {}

  record Terminate(int node, Duration length) implements Fault {}

  record Freeze(int node, Duration length) implements Fault {}

  record DatabaseRestart(Duration length) implements Fault {}

  record DatabaseAway(Duration length) implements Fault {}

  record DatabaseCut(Duration length) implements Fault {}

  /** The link between a node and the database drops every packet. */
  record DatabaseSilent(int node, Duration length) implements Fault {}

  record UpstreamAway(int node, Duration length) implements Fault {}

  record UpstreamSilent(int node, Duration length) implements Fault {}

  /** Each key gets this behaviour with a probability of {@code percent}. */
  record Spell(String behaviour, int percent, Duration length) implements Fault {}

  static Schedule of(long seed) {
    var random = new SplittableRandom(seed);
    var steps = new ArrayList<Step>();
    int actions = random.nextInt(9, 15);
    steps.add(new Step(Duration.ZERO, new Generate(random.nextInt(2), 1)));
    for (int i = 0; i < actions; i++) {
      steps.add(new Step(millis(random, 200, (int) LOAD.toMillis()), act(random)));
    }
    var at = millis(random, 1_000, 3_500);
    while (at.compareTo(LOAD) < 0) {
      var fault = fault(random);
      steps.add(new Step(at, fault));
      at = at.plus(fault.length()).plus(millis(random, 1_000, 5_000));
    }
    steps.addAll(requests(seed));
    steps.sort(Comparator.comparing(Step::at));
    return new Schedule(seed, offset(random), List.copyOf(steps));
  }

  /** From a separate random source, so that each seed still produces the same other steps. */
  private static List<Step> requests(long seed) {
    var random = new SplittableRandom(~seed);
    var steps = new ArrayList<Step>();
    int bursts = random.nextInt(8, 15);
    for (int i = 0; i < bursts; i++) {
      var ask = new Ask(random.nextInt(2), random.nextInt(1, 7), random.nextBoolean());
      steps.add(new Step(millis(random, 200, (int) LOAD.toMillis()), ask));
    }
    return steps;
  }

  /** How the provider treats the first calls of programs, in the order of arrival. */
  List<String> treatments() {
    var random = new SplittableRandom(~seed);
    return Stream.generate(() -> TREATMENTS.get(random.nextInt(TREATMENTS.size())))
        .limit(TREATED)
        .toList();
  }

  /** Whether requests are accepted but never answered, even after the faults have ended. */
  boolean hangs() {
    return steps.stream()
        .anyMatch(step -> step.event() instanceof Spell spell && spell.behaviour().equals("hang"));
  }

  private static Duration offset(SplittableRandom random) {
    return switch (random.nextInt(6)) {
      case 0 -> SKEW;
      case 1 -> SKEW.negated();
      default -> Duration.ZERO;
    };
  }

  private static Act act(SplittableRandom random) {
    int node = random.nextInt(2);
    int pick = random.nextInt(1_000);
    return switch (random.nextInt(12)) {
      case 0, 1, 2 -> new Generate(node, random.nextInt(3) == 0 ? 2 : 1);
      case 3 -> new Cancel(node, pick);
      case 4, 5 -> new Retry(node, pick);
      case 6 -> new ImportKeys(node, random.nextInt(1, 40));
      case 7 -> new Disable(node, pick);
      case 8 -> new Enable(node, pick);
      case 9 -> new Delete(node, pick);
      case 10 -> new TestAll(node);
      default -> new SignIn(node);
    };
  }

  private static Fault fault(SplittableRandom random) {
    int node = random.nextInt(2);
    var some = millis(random, 1_000, 6_000);
    return switch (random.nextInt(16)) {
      case 0, 1, 2 -> new Kill(node, millis(random, 0, 3_000));
      case 3, 4 -> new Terminate(node, millis(random, 0, 3_000));
      case 5 -> new Freeze(node, millis(random, 5_000, 10_000));
      case 6 -> new Freeze(node, millis(random, 33_000, 45_000));
      case 7, 8 -> new DatabaseRestart(Duration.ofSeconds(1));
      case 9 -> new DatabaseAway(millis(random, 2_000, 8_000));
      case 10 -> new DatabaseCut(Duration.ZERO);
      case 11 -> new DatabaseSilent(node, some);
      case 12 -> new UpstreamAway(node, some);
      case 13 -> new UpstreamSilent(node, some);
      default ->
          new Spell(SPELLS.get(random.nextInt(SPELLS.size())), random.nextInt(10, 101), some);
    };
  }

  private static Duration millis(SplittableRandom random, int from, int to) {
    return Duration.ofMillis(random.nextInt(from, to));
  }

  /** One line per step, for readers of the report. */
  String text() {
    var text = new StringBuilder("seed " + seed);
    if (!clockOffset.isZero()) {
      text.append(", clock of node 1 off by ").append(clockOffset);
    }
    steps.forEach(
        s -> text.append("\n  ").append(s.at().toMillis()).append(" ms ").append(s.event()));
    return text.toString();
  }
}
