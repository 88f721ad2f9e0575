package dev.keywheel.key.search;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.ROTATION_ORDER;
import static org.jooq.impl.DSL.case_;
import static org.jooq.impl.DSL.coalesce;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.nullif;
import static org.jooq.impl.DSL.val;

import dev.keywheel.time.StorableTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/** The orders of a list of keys. Each has a value for every key, which a cursor can contain. */
public enum KeySort {
  NAME("name", API_KEYS.NAME_SORT_KEY, Function.identity()),
  STATUS(
      "status",
      case_(API_KEYS.STATUS)
          .when(inline("failed"), inline(0))
          .when(inline("rate_limited"), inline(1))
          .when(inline("active"), inline(2))
          .else_(inline(3)),
      Integer::valueOf),
  ACCOUNT("account", accountInOrder(), Function.identity()),
  ADDED("added", API_KEYS.ADDED_SEQ, Long::valueOf),
  /** The rotation order; keys that were never assigned have negative numbers. */
  ROTATION("turn", new Order<>(Source.ROTATION, ROTATION_ORDER.ROTATION_NUMBER, Long::valueOf)),
  LAST_USED("used", coalesce(API_KEYS.LAST_USED_AT, val(Instant.EPOCH)), StorableTime::parse),
  LAST_TESTED("tested", coalesce(API_KEYS.LAST_TESTED_AT, val(Instant.EPOCH)), StorableTime::parse),
  CALLS("calls", API_KEYS.CALLS, Long::valueOf),
  SUCCESS(
      "success",
      coalesce(
          API_KEYS
              .CALLS_OK
              .cast(SQLDataType.DOUBLE)
              .div(nullif(API_KEYS.CALLS, inline(0L)).cast(SQLDataType.DOUBLE)),
          inline(-1.0)),
      Double::valueOf),
  LATENCY("latency", coalesce(API_KEYS.LAST_LATENCY_MS, inline(-1)), Integer::valueOf);

  private static final Set<KeySort> UNINDEXED =
      EnumSet.of(LAST_USED, LAST_TESTED, CALLS, SUCCESS, LATENCY);

  private final String word;
  private final Order<?> order;

  <T> KeySort(String word, Field<T> by, Function<String, T> parse) {
    this(word, new Order<>(by, parse));
  }

  KeySort(String word, Order<?> order) {
    this.word = word;
    this.order = order;
  }

  /**
   * Whether an index has this order. The other orders have none, because each call or test of a key
   * would change it.
   */
  public boolean indexed() {
    return !UNINDEXED.contains(this);
  }

  /** The account in the form of the index of accounts; an empty string without an account. */
  static Field<String> accountInOrder() {
    return coalesce(API_KEYS.ACCOUNT, inline("")).collate(DSL.collation("C"));
  }

  /** The word in URLs. */
  public String word() {
    return word;
  }

  static Optional<KeySort> of(String word) {
    return Arrays.stream(values()).filter(sort -> sort.word.equals(word)).findFirst();
  }

  Order<?> order() {
    return order;
  }

  /**
   * An order of keys.
   *
   * @param source the table whose index has the order
   * @param by the SQL expression
   * @param parse parses a value of the expression in a cursor
   */
  public record Order<T>(Source source, Field<T> by, Function<String, T> parse) {
    /** An order of the table of keys. */
    public Order(Field<T> by, Function<String, T> parse) {
      this(Source.KEYS, by, parse);
    }
  }

  /** A table with a row for each key, by whose indexes the keys of a workspace are read. */
  enum Source {
    KEYS(API_KEYS, API_KEYS.ID, API_KEYS.WORKSPACE_ID, API_KEYS.PROVIDER, API_KEYS.STATUS) {
      @Override
      Condition listed() {
        return API_KEYS.DELETED_AT.isNull();
      }
    },
    ROTATION(
        ROTATION_ORDER
            .join(API_KEYS)
            .on(API_KEYS.ID.eq(ROTATION_ORDER.KEY_ID))
            .and(API_KEYS.WORKSPACE_ID.eq(ROTATION_ORDER.WORKSPACE_ID))
            .and(ROTATION_ORDER.STATUS.isNotNull()),
        ROTATION_ORDER.KEY_ID,
        ROTATION_ORDER.WORKSPACE_ID,
        ROTATION_ORDER.PROVIDER,
        ROTATION_ORDER.STATUS) {
      @Override
      Condition listed() {
        return ROTATION_ORDER.STATUS.isNotNull();
      }
    };

    private final Table<?> keys;
    private final Field<UUID> id;
    private final Field<UUID> workspace;
    private final Field<String> provider;
    private final Field<String> status;

    Source(
        Table<?> keys,
        Field<UUID> id,
        Field<UUID> workspace,
        Field<String> provider,
        Field<String> status) {
      this.keys = keys;
      this.id = id;
      this.workspace = workspace;
      this.provider = provider;
      this.status = status;
    }

    /** The keys, with this table. */
    Table<?> keys() {
      return keys;
    }

    /** The id of a key in this table. */
    Field<UUID> id() {
      return id;
    }

    /** Whether a key is not in the trash. */
    abstract Condition listed();

    /**
     * Matches the keys that are not in the trash, with the status and the provider of the filter.
     */
    Condition matching(UUID workspaceId, KeyFilter filter) {
      Condition all = workspace.eq(workspaceId).and(listed());
      if (filter.status() != null) {
        all = all.and(status.eq(filter.status().code()));
      }
      if (filter.provider() != null) {
        all = all.and(provider.eq(filter.provider()));
      }
      return all;
    }
  }
}
