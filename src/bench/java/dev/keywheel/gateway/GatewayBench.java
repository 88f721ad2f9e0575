package dev.keywheel.gateway;

import dev.keywheel.bench.Bench.Benchmark;
import dev.keywheel.bench.Bench.Figure;
import java.net.URI;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * Requests through the gateway, with its ledger and its limits, compared with the provider
 * directly, with nginx and with another gateway ({@link OtherServers}), in turns on one machine.
 * All of them run on the same cores, so the figures are ratios and differences, not capacities.
 */
public final class GatewayBench implements Benchmark {
  private static final int ROUNDS = 5;
  private static final int RATE = 300;
  private static final Duration AT_RATE = Duration.ofSeconds(10);
  private static final int CALLERS = 64;
  private static final Duration AT_MOST = Duration.ofSeconds(6);
  private static final Duration COMPILED = Duration.ofMillis(500);
  private static final int MAX_WARMING = 20;
  private static final int FIRST_EVENTS = 40;
  private static final int WARMING_STREAMS = 200;
  private static final int STREAMS = 1_000;
  private static final int STREAM_EVENTS = 30 * StubProvider.EVENTS_PER_SECOND;

  @Override
  public String name() {
    return "gateway";
  }

  @Override
  public List<Figure> run() throws Exception {
    var folder = Files.createTempDirectory("gateway-bench");
    var figures = new ArrayList<Figure>();
    try (var servers = new OtherServers(folder);
        var keywheel = new BenchedKeywheel(folder, servers.provider())) {
      Map<String, Load> loads = new LinkedHashMap<>();
      var path = "/v1/chat/completions";
      var bearer = Map.of("Authorization", "Bearer sk-or-bench-000001");
      loads.put("direct", new Load(URI.create(servers.provider() + "/chat/completions"), bearer));
      loads.put("keywheel", new Load(URI.create(keywheel.url() + path), keywheel.headers()));
      servers.nginx().ifPresent(url -> loads.put("nginx", new Load(url, bearer)));
      servers.peer().ifPresent(url -> loads.put("peer", new Load(url, servers.peerHeaders())));
      for (Load load : loads.values()) {
        load.asManyAsItTakes(CALLERS, AT_MOST); // warms up
        load.firstEvent(WARMING_STREAMS);
      }
      warm(loads, keywheel);
      rates(loads, figures);
      capacities(loads, figures);
      firstEvents(loads, figures);
      streams(loads, keywheel, figures);
      loads.values().forEach(Load::close);
    }
    return figures;
  }

  /**
   * Runs until Java compiles little, because its compilers take half of the processor time at
   * first.
   */
  private static void warm(Map<String, Load> loads, BenchedKeywheel keywheel) throws Exception {
    for (int i = 0; i < MAX_WARMING; i++) {
      Duration before = keywheel.compiling();
      loads.get("keywheel").asManyAsItTakes(CALLERS, AT_MOST);
      Duration compiled = keywheel.compiling().minus(before);
      if (compiled.compareTo(COMPILED) < 0) {
        return;
      }
    }
  }

  private static void rates(Map<String, Load> loads, List<Figure> figures) throws Exception {
    Map<String, List<Load.Times>> times = new LinkedHashMap<>();
    for (int round = 0; round < ROUNDS; round++) {
      for (var load : loads.entrySet()) {
        times
            .computeIfAbsent(load.getKey(), _ -> new ArrayList<>())
            .add(load.getValue().atRate(RATE, AT_RATE));
      }
    }
    for (String name : loads.keySet()) {
      if (!name.equals("direct")) {
        String bar = name.equals("keywheel") ? "<= 2" : "";
        String tail = name.equals("keywheel") ? "<= 10" : "";
        figures.add(added(name + ": p50 added at 300/s", times, name, Load.Times::p50, bar));
        figures.add(added(name + ": p99 added at 300/s", times, name, Load.Times::p99, tail));
      }
      int failed = times.get(name).stream().mapToInt(Load.Times::failed).sum();
      figures.add(new Figure(name + ": failed at 300/s", failed, "requests", "= 0", "measured"));
    }
  }

  private static Figure added(
      String what,
      Map<String, List<Load.Times>> times,
      String name,
      ToDoubleFunction<Load.Times> which,
      String bar) {
    double added = median(times.get(name), which) - median(times.get("direct"), which);
    return new Figure(what, added, "ms", bar, "measured");
  }

  private static <T> double median(List<T> values, ToDoubleFunction<T> which) {
    var sorted = values.stream().mapToDouble(which).sorted().toArray();
    return sorted[sorted.length / 2];
  }

  private static void capacities(Map<String, Load> loads, List<Figure> figures) throws Exception {
    Map<String, Double> most = new LinkedHashMap<>();
    for (var load : loads.entrySet()) {
      var rounds = new double[ROUNDS];
      for (int round = 0; round < ROUNDS; round++) {
        rounds[round] = load.getValue().asManyAsItTakes(CALLERS, AT_MOST);
      }
      Arrays.sort(rounds);
      most.put(load.getKey(), rounds[ROUNDS / 2]);
      figures.add(
          new Figure(
              load.getKey() + ": requests of 64 callers",
              rounds[ROUNDS / 2],
              "/s",
              "",
              "measured"));
    }
    for (String other : List.of("nginx", "peer")) {
      if (most.containsKey(other)) {
        figures.add(
            new Figure(
                "keywheel / " + other + ", requests",
                most.get("keywheel") / most.get(other),
                "ratio",
                other.equals("nginx") ? ">= 0.35" : "> 1",
                "measured"));
      }
    }
  }

  private static void firstEvents(Map<String, Load> loads, List<Figure> figures) throws Exception {
    double direct = loads.get("direct").firstEvent(FIRST_EVENTS);
    for (var load : loads.entrySet()) {
      if (!load.getKey().equals("direct")) {
        figures.add(
            new Figure(
                load.getKey() + ": first event added",
                load.getValue().firstEvent(FIRST_EVENTS) - direct,
                "ms",
                load.getKey().equals("keywheel") ? "<= 3" : "",
                "measured"));
      }
    }
  }

  private static void streams(
      Map<String, Load> loads, BenchedKeywheel keywheel, List<Figure> figures) throws Exception {
    long before = keywheel.residentKb();
    var during = new long[1];
    var lag =
        loads
            .get("keywheel")
            .streams(STREAMS, STREAM_EVENTS, () -> during[0] = keywheel.residentKb());
    var direct = loads.get("direct").streams(STREAMS, STREAM_EVENTS, () -> {});
    lag.failed().forEach((how, count) -> System.out.println(count + " streams failed: " + how));
    figures.add(
        new Figure("keywheel: streams that ended", lag.ended(), "of 1000", "= 1000", "measured"));
    figures.add(
        new Figure("keywheel: lag of events, first quarter", lag.early(), "ms", "", "measured"));
    figures.add(
        new Figure(
            "keywheel: lag of events, last quarter", lag.late(), "ms", "no growth", "measured"));
    figures.add(
        new Figure("direct: lag of events, last quarter", direct.late(), "ms", "", "measured"));
    figures.add(
        new Figure(
            "keywheel: resident memory of a stream",
            (during[0] - before) / (double) STREAMS,
            "kB",
            "<= 64",
            "measured"));
  }
}
