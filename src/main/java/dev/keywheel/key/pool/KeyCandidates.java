package dev.keywheel.key.pool;

import static dev.keywheel.db.schema.Tables.ROTATION_ORDER;
import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.name;

import dev.keywheel.db.Tx;
import dev.keywheel.db.query.Sql;
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
import org.jooq.Field;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/** The keys that can serve requests of the gateway, in rotation order. */
public final class KeyCandidates {
  private static final Field<Integer> DEMAND = field(name("demand"), Integer.class);
  private static final Field<String[]> EXCLUDED_MODELS =
      field(name("excluded_models"), String[].class);

  private static final List<Field<?>> ROW =
      Stream.concat(
              KeyRepository.COLUMNS.stream().map(column -> (Field<?>) column),
              Stream.of(ROTATION_ORDER.ROTATION_NUMBER, EXCLUDED_MODELS, DEMAND))
          .toList();

  private static final String COLUMNS =
      KeyRepository.COLUMNS.stream()
          .map(column -> ((Field<?>) column).getName() + ", ")
          .collect(joining("", "", "rotation_number, "));

  private static final String USABLE =
      """
       from (
        select key_id, rotation_number from rotation_order
         where workspace_id = ? and provider = ? and\s""";

  /** The same order as {@link KeyRotation#ORDER}. */
  private static final String ORDER = " order by rotation_number limit ";

  /**
   * A row of null values instead of a key. PostgreSQL takes their types from the other part of the
   * union.
   */
  private static final String NO_KEY = ROW.stream().map(_ -> "null").collect(joining(", "));

  private KeyCandidates() {}

  /** A value read in the same statement as the keys, and the field that holds it in the result. */
  public record JoinedValue<T>(Field<T> field, Sql value) {}

  /**
   * A usable key.
   *
   * @param rotationNumber the number of its last assignment; negative before the first one
   * @param excludedModels the requested models for which the key is excluded now
   */
  public record Candidate(ApiKey key, long rotationNumber, Set<String> excludedModels) {}

  /**
   * Which keys can serve a request.
   *
   * @param tags only keys with one of these; empty for all keys
   * @param account only keys of this account, or the key with this id; null for all keys
   */
  public record Demand(ModelClass models, Set<String> tags, @Nullable String account) {
    /** The keys of a pool that the request may use, usable or not. */
    Sql keysOf(PoolId pool) {
      return Sql.of(
          Sql.of(
              "workspace_id = ? and provider = ? and deleted_at is null",
              pool.workspaceId(),
              pool.provider()),
          // the index on tags contains no untagged keys
          tags.isEmpty()
              ? Sql.of("")
              : Sql.of(
                  " and cardinality(tags) > 0 and tags && ?", (Object) tags.toArray(String[]::new)),
          account == null
              ? Sql.of("")
              : Sql.of(" and (account = ? or id = any(?))", account, ids(account)));
    }

    /**
     * The usable keys, with their places in the rotation. Only with tags or an account does the
     * query name the pool of the keys, because the indexes on tags and accounts need it. Each
     * further condition lowers the planner's estimate of the number of keys, until it sorts them
     * instead of reading them in their order.
     */
    private Sql usableKeysOf(PoolId pool) {
      return Sql.of(
          Sql.of(USABLE, pool.workspaceId(), pool.provider()),
          usable(),
          Sql.of(") o join api_keys on id = key_id"),
          tags.isEmpty() && account == null ? Sql.of("") : Sql.of(Sql.of(" where "), keysOf(pool)));
    }

    Sql usable() {
      return Sql.of(
          switch (models) {
            case FREE -> "usable_free";
            case PAID -> "usable_paid";
          });
    }

    /** The id in {@code account}; empty when it is not a UUID. An index finds keys by id. */
    private static UUID[] ids(String account) {
      try {
        return new UUID[] {UUID.fromString(account)};
      } catch (IllegalArgumentException _) {
        return new UUID[0];
      }
    }
  }

  /**
   * The first usable keys in rotation order for each demand, including keys that are excluded for
   * one of the models.
   *
   * @param otherValues the row with the other values
   */
  public record QueryResult(Record otherValues, Map<Demand, List<Candidate>> candidates) {}

  /** A statement that reads candidates for each of the demands, and other values. */
  public record Query(Sql sql, List<Field<?>> columns, List<Demand> demands) {
    public QueryResult fetch(Tx tx) {
      return found(sql.fetch(tx, columns));
    }

    QueryResult found(List<Record> rows) {
      Map<Demand, List<Candidate>> candidates = new HashMap<>();
      demands.forEach(demand -> candidates.put(demand, new ArrayList<>()));
      Record values = null;
      for (Record row : rows) {
        Integer demand = row.get(DEMAND);
        if (demand == null) {
          values = row;
        } else {
          requireNonNull(candidates.get(demands.get(demand)))
              .add(
                  new Candidate(
                      KeyRepository.key(row),
                      row.get(ROTATION_ORDER.ROTATION_NUMBER),
                      Set.of(row.get(EXCLUDED_MODELS))));
        }
      }
      return new QueryResult(requireNonNull(values), candidates);
    }
  }

  /**
   * A query for the candidates and other values. It is one statement, because the values are needed
   * in the same round trip.
   *
   * @param demands at least one
   * @param models the requested models, for {@link Candidate#excludedModels}
   * @param limit the maximum number of keys for each demand. It is a literal in the statement: with
   *     a parameter, PostgreSQL expects to read a tenth of the pool, and sorts the pool instead of
   *     reading an index in its order. {@link #roundUpLimit} keeps the number of different
   *     statements small
   * @param others the other values; may be empty
   */
  public static Query query(
      PoolId pool,
      Collection<Demand> demands,
      Collection<String> models,
      Instant now,
      int limit,
      List<JoinedValue<?>> others) {
    List<Field<?>> fields = others.stream().<Field<?>>map(JoinedValue::field).toList();
    var numbered = List.copyOf(new LinkedHashSet<>(demands));
    var parts = new ArrayList<Sql>();
    parts.add(Sql.of("select keys.*" + ", null".repeat(fields.size()) + " from ("));
    for (int i = 0; i < numbered.size(); i++) {
      parts.add(Sql.of(i == 0 ? "(select " : ") union all (select "));
      parts.add(Sql.of(COLUMNS));
      parts.add(KeyModels.excludedModels(models, now));
      parts.add(Sql.of(", " + i + " "));
      parts.add(numbered.get(i).usableKeysOf(pool));
      parts.add(Sql.of(ORDER + limit));
    }
    // A row without a key holds the values once, because they can be as long as the list of keys.
    parts.add(Sql.of(")) keys union all select " + NO_KEY));
    others.forEach(one -> parts.add(Sql.of(Sql.of(", "), one.value())));
    var columns = Stream.concat(ROW.stream(), fields.stream()).toList();
    return new Query(Sql.of(parts.toArray(Sql[]::new)), columns, numbered);
  }

  /** Reads the values without any keys. */
  public static Record values(Tx tx, List<JoinedValue<?>> others) {
    var parts = new ArrayList<Sql>();
    others.forEach(
        one -> parts.add(Sql.of(Sql.of(parts.isEmpty() ? "select " : ", "), one.value())));
    return Sql.of(parts.toArray(Sql[]::new))
        .fetch(tx, others.stream().<Field<?>>map(JoinedValue::field).toList())
        .getFirst();
  }

  /**
   * Rounds up to a power of two, at least 2, for the limit of {@link #query}, and adds one: with a
   * power of two, a single excluded key would cause a second read.
   */
  public static int roundUpLimit(int keys) {
    return (Integer.highestOneBit(Math.max(1, keys - 1)) << 1) + 1;
  }

  /** Reads the candidates of one demand, with the limit raised by the number of excluded keys. */
  public static List<Candidate> more(
      Tx tx, PoolId pool, Demand demand, Collection<String> models, Instant now, int limit) {
    int excluded =
        tx.dsl().select(KeyModels.countExcluded(pool, models, now)).fetchSingle().value1();
    return requireNonNull(
        query(pool, List.of(demand), models, now, roundUpLimit(limit + excluded), List.of())
            .fetch(tx)
            .candidates()
            .get(demand));
  }
}
