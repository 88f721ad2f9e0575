package dev.keywheel.web.dashboard;

import dev.keywheel.article.view.RunRow;
import dev.keywheel.assignment.AssignmentSettings;
import dev.keywheel.key.state.PoolCounts;
import dev.keywheel.key.state.PoolPause;
import dev.keywheel.key.state.PoolSummary;
import dev.keywheel.provider.Provider;
import dev.keywheel.provider.Providers;
import dev.keywheel.run.RunState;
import dev.keywheel.usage.LastDay;
import dev.keywheel.web.page.Sparkline;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

final class PoolRows {
  private PoolRows() {}

  /**
   * The pools that have keys or waiting runs; pools that need attention first.
   *
   * @param runs the runs that have not ended
   * @param sealed whether the vault is sealed, so that no key can be used
   */
  static List<PoolRow> of(
      List<PoolSummary> summaries,
      Providers providers,
      List<RunRow> runs,
      AssignmentSettings rule,
      LastDay day,
      boolean sealed,
      Instant now) {
    Map<String, PoolSummary> pools =
        summaries.stream().collect(Collectors.toMap(PoolSummary::provider, Function.identity()));
    Map<String, List<RunRow>> waiting =
        runs.stream()
            .filter(run -> run.state() == RunState.WAITING_KEYS)
            .collect(Collectors.groupingBy(RunRow::provider));
    return Stream.of(
            providers.all().stream().map(Provider::name),
            pools.keySet().stream(),
            waiting.keySet().stream())
        .flatMap(Function.identity())
        .distinct()
        .filter(name -> counts(pools, name).all() > 0 || waiting.containsKey(name))
        .map(
            name -> {
              var pool = pools.get(name);
              boolean spare =
                  summaries.stream()
                      .anyMatch(it -> !it.provider().equals(name) && it.counts().active() > 0);
              var row =
                  PoolRow.of(
                      name,
                      Providers.label(name),
                      counts(pools, name),
                      rule,
                      spare,
                      pool == null
                          ? null
                          : pool.state().pause(now).map(PoolPause::until).orElse(null),
                      pool == null ? null : pool.nextCheck(),
                      waiting.getOrDefault(name, List.of()),
                      Sparkline.hours(day.of(name)));
              return sealed ? row.sealed() : row;
            })
        .sorted(PoolRow.BY_NEED)
        .toList();
  }

  private static PoolCounts counts(Map<String, PoolSummary> pools, String name) {
    var pool = pools.get(name);
    return pool == null ? PoolCounts.NONE : pool.counts();
  }
}
