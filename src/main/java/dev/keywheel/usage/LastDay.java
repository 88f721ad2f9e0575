package dev.keywheel.usage;

import dev.keywheel.usage.UsageQueries.Slot;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The calls of a workspace in the last 24 hours, including the current hour.
 *
 * @param pools numbers of calls per hour, oldest first, by provider; only providers with calls
 */
public record LastDay(Map<String, List<Long>> pools, UsageTotals totals) {
  static final int HOURS = 24;

  static LastDay of(List<Slot> slots, UsageRange range) {
    var starts = range.slots();
    var lines = new HashMap<String, long[]>();
    for (var slot : slots) {
      var line = lines.computeIfAbsent(slot.provider(), _ -> new long[HOURS]);
      line[starts.indexOf(slot.start())] += slot.totals().calls();
    }
    var pools = new HashMap<String, List<Long>>();
    lines.forEach((provider, line) -> pools.put(provider, Arrays.stream(line).boxed().toList()));
    return new LastDay(pools, UsageTotals.sum(slots.stream().map(Slot::totals).toList()));
  }

  /** Calls by hour, oldest first, of one pool. */
  public List<Long> of(String provider) {
    return pools.getOrDefault(provider, Collections.nCopies(HOURS, 0L));
  }

  /** Calls by hour, oldest first, of all pools. */
  public List<Long> all() {
    return IntStream.range(0, HOURS)
        .mapToObj(hour -> pools.values().stream().mapToLong(line -> line.get(hour)).sum())
        .toList();
  }
}
