package dev.keywheel.key.pool;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static java.util.Objects.requireNonNull;
import static org.jooq.impl.DSL.any;
import static org.jooq.impl.DSL.arrayOverlap;
import static org.jooq.impl.DSL.cardinality;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.noCondition;
import static org.jooq.impl.DSL.select;

import dev.keywheel.db.Tx;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.provider.ModelClass;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Select;
import org.jooq.SelectField;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** The keys that can serve requests of the gateway, in rotation order. */
public final class KeyCandidates {
  private static final Field<Integer> DEMAND = field(name("demand"), Integer.class);
  private static final Field<String[]> ASIDE = field(name("aside"), String[].class);

  private static final List<SelectField<?>> ROW =
      Stream.concat(KeyRepository.COLUMNS.stream(), Stream.of(ASIDE, DEMAND)).toList();

  private static final List<Field<?>> NO_KEY = nulls(ROW);

  private KeyCandidates() {}

  /**
   * A usable key.
   *
   * @param aside those of the models asked about for which the key is set aside now
   */
  public record Candidate(ApiKey key, Set<String> aside) {}

  /**
   * Which keys can serve a request.
   *
   * @param tags only keys with one of these; empty for all keys
   * @param account only keys of this account, or the key with this id; null for all keys
   */
  public record Demand(ModelClass models, Set<String> tags, @Nullable String account) {
    /** The keys of the request, usable or not. */
    Condition ofRequest() {
      // the index on tags contains no untagged keys
      var tagged =
          tags.isEmpty()
              ? noCondition()
              : cardinality(API_KEYS.TAGS)
                  .gt(0)
                  .and(arrayOverlap(API_KEYS.TAGS, tags.toArray(String[]::new)));
      return tagged.and(ofAccount());
    }

    Condition usable() {
      return DSL.condition(KeyRotation.usableColumn(models));
    }

    private Condition ofAccount() {
      return account == null
          ? noCondition()
          : API_KEYS.ACCOUNT.eq(account).or(API_KEYS.ID.eq(any(ids(account))));
    }

    /** The account as the id of a key, if it can be one: an index finds that. */
    private static UUID[] ids(String account) {
      try {
        return new UUID[] {UUID.fromString(account)};
      } catch (IllegalArgumentException _) {
        return new UUID[0];
      }
    }
  }

  /**
   * The first usable keys in rotation order for each demand, also those that are set aside for one
   * of the models.
   *
   * @param beside the row with the values that were asked for
   */
  public record Found(Record beside, Map<Demand, List<Candidate>> candidates) {}

  /**
   * Reads the candidates and other values in one statement: PostgreSQL's driver sends no two
   * statements with texts in their results in one round trip.
   *
   * @param limit a constant of the statement: with a calculated one PostgreSQL expects a tenth of
   *     the pool, and sorts it instead of reading it in the order of an index. {@link #atOnce}
   *     keeps the number of statements small
   * @param beside scalar values, named
   */
  public static Found read(
      Tx tx,
      PoolId pool,
      Collection<Demand> demands,
      Collection<String> models,
      Instant now,
      int limit,
      List<Field<?>> beside) {
    if (demands.isEmpty()) {
      return new Found(tx.dsl().select(beside).fetchSingle(), Map.of());
    }
    var numbered = List.copyOf(new LinkedHashSet<>(demands));
    Field<String[]> aside = KeyModels.asideOf(API_KEYS.ID, models, now).as(ASIDE);
    Select<Record> each = null;
    for (int i = 0; i < numbered.size(); i++) {
      Select<Record> one = first(pool, numbered.get(i), aside, i, limit);
      each = each == null ? one : each.unionAll(one);
    }
    // named as the keys' table, so that each column is found at once in a row
    Table<?> found = requireNonNull(each).asTable(API_KEYS.getUnqualifiedName());
    // the values once, in a row without a key: they can be as long as the list of keys
    var rows =
        tx.dsl()
            .select(ROW)
            .select(nulls(beside))
            .from(found)
            .unionAll(select(NO_KEY).select(beside))
            .fetch();
    Map<Demand, List<Candidate>> candidates = new HashMap<>();
    numbered.forEach(demand -> candidates.put(demand, new ArrayList<>()));
    Record values = null;
    for (Record row : rows) {
      Integer demand = row.get(DEMAND);
      if (demand == null) {
        values = row;
      } else {
        requireNonNull(candidates.get(numbered.get(demand)))
            .add(new Candidate(KeyRepository.key(row), Set.of(row.get(ASIDE))));
      }
    }
    return new Found(requireNonNull(values), candidates);
  }

  /** A null in place of each, whose type PostgreSQL takes from the other part of the union. */
  private static List<Field<?>> nulls(List<? extends SelectField<?>> fields) {
    List<Field<?>> nulls = new ArrayList<>();
    fields.forEach(field -> nulls.add(field("null", field.getDataType()).as(field.getName())));
    return nulls;
  }

  private static Select<Record> first(
      PoolId pool, Demand demand, Field<String[]> aside, int number, int limit) {
    return select(KeyRepository.COLUMNS)
        .select(aside, inline(number).as(DEMAND))
        .from(API_KEYS)
        .where(KeyRepository.inPool(pool), demand.usable(), demand.ofRequest())
        .orderBy(KeyRotation.ORDER)
        .limit(inline(limit));
  }

  /** A limit for as many keys: the next power of two. */
  public static int atOnce(int keys) {
    return Integer.highestOneBit(Math.max(1, keys - 1)) << 1;
  }

  /** As {@link #read}, with one more key for each that is set aside. */
  public static List<Candidate> more(
      Tx tx, PoolId pool, Demand demand, Collection<String> models, Instant now, int limit) {
    int aside = tx.dsl().select(KeyModels.countAside(pool, models, now)).fetchSingle().value1();
    return requireNonNull(
        read(tx, pool, List.of(demand), models, now, atOnce(limit + aside), List.of())
            .candidates()
            .get(demand));
  }
}
