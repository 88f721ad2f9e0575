package dev.keywheel.key.search;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.POOLS;

import dev.keywheel.key.pool.Rechecks;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.PoolCounts;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.stream.Stream;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/** The number of keys of a workspace, by provider and status, from the counters of the pools. */
public record KeyCounts(List<Group> groups) {

  /**
   * The keys of a pool.
   *
   * @param firstBack the earliest end of a limit; null when no key is limited
   */
  record Group(String provider, PoolCounts counts, int trashed, @Nullable Instant firstBack) {}

  public KeyCounts {
    groups = List.copyOf(groups);
  }

  static KeyCounts of(DSLContext dsl, UUID workspace) {
    var firstBack =
        Rechecks.firstLimitEnd(
            API_KEYS.WORKSPACE_ID.eq(POOLS.WORKSPACE_ID).and(API_KEYS.PROVIDER.eq(POOLS.PROVIDER)));
    return new KeyCounts(
        dsl.select(
                POOLS.PROVIDER,
                POOLS.ACTIVE,
                POOLS.RATE_LIMITED,
                POOLS.FAILED,
                POOLS.DISABLED,
                POOLS.TRASHED,
                firstBack)
            .from(POOLS)
            .where(POOLS.WORKSPACE_ID.eq(workspace))
            .fetch(
                row ->
                    new Group(
                        row.value1(),
                        new PoolCounts(row.value2(), row.value3(), row.value4(), row.value5()),
                        row.value6(),
                        row.value7())));
  }

  /** The number of keys of one provider, or of all providers for null; without the trash. */
  public PoolCounts counts(@Nullable String provider) {
    return of(provider).map(Group::counts).reduce(PoolCounts.NONE, PoolCounts::plus);
  }

  /** The earliest end of a limit at one provider, or at any for null; empty without a limit. */
  public Optional<Instant> firstBack(@Nullable String provider) {
    return of(provider).map(Group::firstBack).filter(Objects::nonNull).min(Instant::compareTo);
  }

  /** The number of matching keys; empty when the filter needs more than these counters. */
  public OptionalInt matching(KeyFilter filter) {
    KeyStatus status = filter.status();
    if (!filter.equals(new KeyFilter("", status, filter.provider(), null, null))) {
      return OptionalInt.empty();
    }
    PoolCounts counts = counts(filter.provider());
    return OptionalInt.of(status == null ? counts.all() : counts.of(status));
  }

  public int trashed() {
    return groups.stream().mapToInt(Group::trashed).sum();
  }

  private Stream<Group> of(@Nullable String provider) {
    return groups.stream().filter(group -> provider == null || provider.equals(group.provider));
  }
}
