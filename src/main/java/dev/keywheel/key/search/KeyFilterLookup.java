package dev.keywheel.key.search;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.KEY_TESTS;
import static org.jooq.impl.DSL.any;
import static org.jooq.impl.DSL.asterisk;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.select;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Select;

/**
 * The keys that match a filter. The lookup reads the keys that meet one part of the filter from an
 * index, if they are few, and compares them with the whole filter.
 *
 * @param keys the keys that match; empty when each part has more keys than its limit
 * @param found the number of matching keys that were found
 */
public record KeyFilterLookup(Optional<List<UUID>> keys, int found) {
  /** The number of matching keys, or {@code MAX_COUNTED + 1}; empty if it is not known. */
  OptionalInt counted() {
    return keys.isPresent()
        ? OptionalInt.of(found)
        : found > KeyPageQuery.MAX_COUNTED
            ? OptionalInt.of(KeyPageQuery.MAX_COUNTED + 1)
            : OptionalInt.empty();
  }

  static final List<Field<?>> FILTER_COLUMNS =
      List.of(
          API_KEYS.ID,
          API_KEYS.WORKSPACE_ID,
          API_KEYS.DELETED_AT,
          API_KEYS.STATUS,
          API_KEYS.REASON,
          API_KEYS.PROVIDER,
          API_KEYS.ACCOUNT,
          API_KEYS.TAGS,
          API_KEYS.SEARCH_TEXT);

  /** The maximum number of keys with a test result that are looked up. */
  static final int MAX_TESTED = 5_000;

  private static final Field<Boolean> MATCHES = field(name("matches"), Boolean.class);

  /**
   * A part of a filter.
   *
   * @param any conditions that indexes support; the part contains the keys that meet one of them
   * @param limit the maximum number of keys that are read; a part with more keys is not used
   */
  public record Part(List<Condition> any, int limit) {
    public Part(List<Condition> any) {
      this(any, KeyPageQuery.MAX_COUNTED);
    }
  }

  /** The condition of the filter. Looks up test results by key, so that not all are read. */
  static Condition matching(UUID workspace, KeyFilter filter) {
    KeyFilter.BatchOutcome tested = filter.tested();
    Condition untested = KeyList.where(workspace, filter.with(null));
    return tested == null
        ? untested
        : untested.and(field(KeyList.testsOf(tested, API_KEYS.ID)).eq(inline(1)));
  }

  /** The parts of a filter that indexes support, those that usually have few keys first. */
  static List<Part> parts(DSLContext dsl, UUID workspace, KeyFilter filter) {
    var parts = new ArrayList<Part>();
    Condition all = KeyList.where(workspace, KeyFilter.ALL);
    if (!filter.text().isBlank()) {
      KeyTextSearch.candidates(dsl, filter.text().strip(), all)
          .map(Part::new)
          .ifPresent(parts::add);
    }
    KeyFilter.BatchOutcome tested = filter.tested();
    if (tested != null) {
      List<UUID> found =
          dsl.select(KEY_TESTS.KEY_ID)
              .from(KEY_TESTS)
              .where(KEY_TESTS.RECOVERY_ID.eq(tested.batch()), tested.outcome().rows())
              .orderBy(KEY_TESTS.KEY_ID) // the order of the indexes, so that no other is used
              .limit(MAX_TESTED + 1)
              .fetch(KEY_TESTS.KEY_ID);
      parts.add(new Part(List.of(API_KEYS.ID.eq(any(found.toArray(UUID[]::new)))), MAX_TESTED));
    }
    if (filter.account() != null) {
      parts.add(new Part(List.of(all.and(KeySort.accountInOrder().eq(filter.account())))));
    }
    if (filter.tag() != null) {
      parts.add(new Part(List.of(API_KEYS.DELETED_AT.isNull().and(KeyList.tagged(filter.tag())))));
    }
    if (filter.status() != null) {
      parts.add(new Part(List.of(all.and(API_KEYS.STATUS.eq(filter.status().code())))));
    }
    return parts;
  }

  /** Looks up one part after another until a part is within its limit. */
  public static KeyFilterLookup of(DSLContext dsl, Condition where, List<Part> parts) {
    int found = 0;
    for (var part : parts) {
      var candidates = read(dsl, where, part);
      var matching = new LinkedHashSet<UUID>();
      candidates.stream()
          .filter(key -> Boolean.TRUE.equals(key.get(MATCHES)))
          .forEach(key -> matching.add(key.get(API_KEYS.ID)));
      if (candidates.size() <= part.limit) {
        return new KeyFilterLookup(Optional.of(List.copyOf(matching)), matching.size());
      }
      found = Math.max(found, matching.size());
    }
    return new KeyFilterLookup(Optional.empty(), found);
  }

  /**
   * Reads one key more than the limit at most. The materialized query makes the planner plan for
   * all keys of the part. Otherwise it may scan the table, expecting to find the first keys early.
   */
  private static List<? extends Record> read(DSLContext dsl, Condition where, Part part) {
    var all =
        part.any.stream()
            .<Select<Record>>map(it -> select(FILTER_COLUMNS).from(API_KEYS).where(it))
            .reduce(Select::unionAll)
            .orElseThrow();
    var candidates = name("candidates").asMaterialized(all);
    var first = select(asterisk()).from(candidates).limit(part.limit + 1).asTable(API_KEYS);
    return dsl.with(candidates).select(API_KEYS.ID, field(where).as(MATCHES)).from(first).fetch();
  }
}
