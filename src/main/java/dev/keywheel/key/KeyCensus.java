package dev.keywheel.key;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static org.jooq.impl.DSL.count;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.min;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/**
 * All keys of a workspace, counted in one pass over them: what stands above the list, and how many
 * match when only a provider or a status is asked for.
 */
public record KeyCensus(List<Group> groups) {

  /**
   * Keys that are alike.
   *
   * @param until the earliest time at which the limit of one of them ends; null when none has one
   */
  record Group(
      String provider, KeyStatus status, boolean trashed, int keys, @Nullable Instant until) {}

  public KeyCensus {
    groups = List.copyOf(groups);
  }

  static KeyCensus of(DSLContext dsl, UUID workspace) {
    var trashed = field(API_KEYS.DELETED_AT.isNotNull());
    return new KeyCensus(
        dsl.select(API_KEYS.PROVIDER, API_KEYS.STATUS, trashed, count(), min(API_KEYS.UNTIL))
            .from(API_KEYS)
            .where(API_KEYS.WORKSPACE_ID.eq(workspace))
            .groupBy(API_KEYS.PROVIDER, API_KEYS.STATUS, trashed)
            .fetch(
                row ->
                    new Group(
                        row.value1(),
                        KeyStatus.of(row.value2()),
                        row.value3(),
                        row.value4(),
                        row.value5())));
  }

  /** Of one provider, or of all when it is null; the trash does not count. */
  public PoolCounts counts(@Nullable String provider) {
    return new PoolCounts(
        keys(provider, KeyStatus.ACTIVE),
        keys(provider, KeyStatus.RATE_LIMITED),
        keys(provider, KeyStatus.FAILED),
        keys(provider, KeyStatus.DISABLED));
  }

  /** When the first limited key is to be checked again; empty when none is limited. */
  public Optional<Instant> firstBack(@Nullable String provider) {
    return groups.stream()
        .filter(group -> listed(group, provider) && group.status == KeyStatus.RATE_LIMITED)
        .map(Group::until)
        .filter(Objects::nonNull)
        .min(Instant::compareTo);
  }

  /** How many keys match; empty when the filter looks at more than is counted here. */
  public OptionalInt matching(KeyFilter filter) {
    KeyStatus status = filter.status();
    if (!filter.equals(new KeyFilter("", status, filter.provider(), null, null))) {
      return OptionalInt.empty();
    }
    return OptionalInt.of(
        status == null ? counts(filter.provider()).all() : keys(filter.provider(), status));
  }

  /** How many keys are in the trash. */
  public int trashed() {
    return groups.stream().filter(Group::trashed).mapToInt(Group::keys).sum();
  }

  private int keys(@Nullable String provider, KeyStatus status) {
    return groups.stream()
        .filter(group -> listed(group, provider) && group.status == status)
        .mapToInt(Group::keys)
        .sum();
  }

  private static boolean listed(Group group, @Nullable String provider) {
    return !group.trashed && (provider == null || provider.equals(group.provider));
  }
}
