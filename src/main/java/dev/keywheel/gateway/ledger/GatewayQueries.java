package dev.keywheel.gateway.ledger;

import static dev.keywheel.db.schema.Tables.GATEWAY_ATTEMPTS;
import static dev.keywheel.db.schema.Tables.GATEWAY_REQUESTS;
import static dev.keywheel.gateway.ledger.GatewayRequestState.ABORTED;
import static dev.keywheel.gateway.ledger.GatewayRequestState.CLIENT_GONE;
import static dev.keywheel.gateway.ledger.GatewayRequestState.FAILED;
import static dev.keywheel.gateway.ledger.GatewayRequestState.OK;
import static dev.keywheel.gateway.ledger.GatewayRequestState.REFUSED;
import static dev.keywheel.gateway.ledger.GatewayRequestState.TRUNCATED;
import static dev.keywheel.gateway.ledger.GatewayRequestState.UNKNOWN;
import static org.jooq.impl.DSL.and;
import static org.jooq.impl.DSL.coalesce;
import static org.jooq.impl.DSL.condition;
import static org.jooq.impl.DSL.count;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.lateral;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.noCondition;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.when;

import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.db.StoredEnum;
import dev.keywheel.gateway.token.GatewayOperation;
import dev.keywheel.provider.FailureKind.ModelErrorKind;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.OrderField;
import org.jooq.Record;
import org.jooq.Record3;
import org.jooq.Records;
import org.jooq.SelectField;
import org.jooq.Table;
import org.jspecify.annotations.Nullable;

/** Reads requests and attempts for pages; lists are newest first unless stated otherwise. */
public final class GatewayQueries {
  /** Maximum number of ended requests that are counted. */
  static final int MAX_COUNTED = 10_000;

  private static final String OPEN = GatewayRequestState.IN_FLIGHT.code();

  /** The request is in flight, or its node ended before it stored the outcome. */
  private static final Condition WITHOUT_OUTCOME = GATEWAY_REQUESTS.STATE.in(OPEN, UNKNOWN.code());

  /** The last attempt of a request for which {@link #WITHOUT_OUTCOME} holds. */
  private static final Table<?> LAST =
      select(
              GATEWAY_ATTEMPTS.NO,
              GATEWAY_ATTEMPTS.KEY_ID,
              GATEWAY_ATTEMPTS.KEY_NAME,
              GATEWAY_ATTEMPTS.MODEL,
              GATEWAY_ATTEMPTS.PROVIDER)
          .from(GATEWAY_ATTEMPTS)
          .where(WITHOUT_OUTCOME, GATEWAY_ATTEMPTS.REQUEST_ID.eq(GATEWAY_REQUESTS.ID))
          .orderBy(GATEWAY_ATTEMPTS.NO.desc())
          .limit(1)
          .asTable("last");

  private static final Field<Integer> ATTEMPTS =
      last(GATEWAY_ATTEMPTS.NO, GATEWAY_REQUESTS.ATTEMPTS);
  private static final Field<UUID> KEY_ID = last(GATEWAY_ATTEMPTS.KEY_ID, GATEWAY_REQUESTS.KEY_ID);
  private static final Field<String> KEY_NAME =
      last(GATEWAY_ATTEMPTS.KEY_NAME, GATEWAY_REQUESTS.KEY_NAME);
  private static final Field<String> MODEL = last(GATEWAY_ATTEMPTS.MODEL, GATEWAY_REQUESTS.MODEL);
  private static final Field<String> PROVIDER =
      last(GATEWAY_ATTEMPTS.PROVIDER, GATEWAY_REQUESTS.PROVIDER);

  private static final Field<String> EMPTY_CODE = inline(ModelErrorKind.EMPTY.code());

  /** A complete answer without content. With constants, as in the index for this condition. */
  private static final Condition EMPTY =
      and(GATEWAY_REQUESTS.STATE.eq(inline(OK.code())), GATEWAY_REQUESTS.REASON.eq(EMPTY_CODE));

  private static final Field<Boolean> EMPTY_ANSWER = field(name("empty_answer"), Boolean.class);

  private final Database database;

  public GatewayQueries(Database database) {
    this.database = database;
  }

  /**
   * @param before the id of the last request of the previous page; null for the first page
   */
  public List<GatewayRequestRow> requests(
      UUID workspace, GatewayRequestFilter filter, @Nullable UUID before, int limit) {
    return database.read(dsl -> requests(dsl, workspace, filter, before, limit));
  }

  static List<GatewayRequestRow> requests(
      DSLContext dsl,
      UUID workspace,
      GatewayRequestFilter filter,
      @Nullable UUID before,
      int limit) {
    return dsl.select(columns())
        .from(GATEWAY_REQUESTS)
        .leftJoin(lateral(LAST))
        .on(noCondition())
        .where(GATEWAY_REQUESTS.WORKSPACE_ID.eq(workspace), matches(filter))
        .and(before == null ? noCondition() : GATEWAY_REQUESTS.ID.lt(before))
        .orderBy(GATEWAY_REQUESTS.ID.desc())
        .limit(limit)
        .fetch(GatewayQueries::request);
  }

  public Optional<GatewayRequestRow> request(UUID workspace, UUID id) {
    return database.read(
        dsl ->
            dsl.select(columns())
                .from(GATEWAY_REQUESTS)
                .leftJoin(lateral(LAST))
                .on(noCondition())
                .where(GATEWAY_REQUESTS.WORKSPACE_ID.eq(workspace), GATEWAY_REQUESTS.ID.eq(id))
                .fetchOptional(GatewayQueries::request));
  }

  public List<GatewayAttemptRow> attempts(UUID workspace, UUID requestId) {
    Condition which =
        GATEWAY_ATTEMPTS.REQUEST_ID.eq(requestId).and(GATEWAY_ATTEMPTS.WORKSPACE_ID.eq(workspace));
    return database.read(dsl -> attempts(dsl, which, GATEWAY_ATTEMPTS.NO.asc(), Integer.MAX_VALUE));
  }

  /**
   * The attempts that used a key.
   *
   * @param before the id of the last attempt of the previous page; null for the first page
   */
  public List<GatewayAttemptRow> ofKey(
      UUID workspace, UUID keyId, @Nullable UUID before, int limit) {
    Condition which =
        and(
            GATEWAY_ATTEMPTS.KEY_ID.eq(keyId),
            GATEWAY_ATTEMPTS.WORKSPACE_ID.eq(workspace),
            before == null ? noCondition() : GATEWAY_ATTEMPTS.ID.lt(before));
    return database.read(dsl -> attempts(dsl, which, GATEWAY_ATTEMPTS.ID.desc(), limit));
  }

  /** Counts the requests in flight, and the ended ones that arrived at {@code since} or later. */
  public GatewayRequestCounts counts(UUID workspace, Instant since) {
    return database.read(
        dsl -> {
          var ended =
              select(GATEWAY_REQUESTS.STATE, field(EMPTY).as(EMPTY_ANSWER))
                  .from(GATEWAY_REQUESTS)
                  .where(
                      GATEWAY_REQUESTS.WORKSPACE_ID.eq(workspace),
                      GATEWAY_REQUESTS.ID.ge(Ids.lowerBound(since)),
                      GATEWAY_REQUESTS.STATE.ne(OPEN))
                  .orderBy(GATEWAY_REQUESTS.ID.desc());
          var newest = ended.limit(MAX_COUNTED + 1).asTable("newest");
          var state = newest.field(GATEWAY_REQUESTS.STATE);
          var counted =
              dsl.select(state, count(), count().filterWhere(condition(EMPTY_ANSWER)))
                  .from(newest)
                  .groupBy(state)
                  .fetch();
          int empty = counted.stream().mapToInt(Record3::value3).sum();
          var byState =
              counted.intoMap(
                  row -> StoredEnum.of(GatewayRequestState.class, row.value1()),
                  row -> row.value2());
          int inFlight =
              dsl.fetchCount(
                  GATEWAY_REQUESTS,
                  // A literal as in the index: with a parameter, each day's index is planned again.
                  GATEWAY_REQUESTS.STATE.eq(inline(OPEN)),
                  GATEWAY_REQUESTS.WORKSPACE_ID.eq(workspace));
          int total = byState.values().stream().mapToInt(Integer::intValue).sum();
          var byOutcome = new LinkedHashMap<String, Integer>();
          byOutcome.put(OK.label(), byState.getOrDefault(OK, 0) - empty);
          byOutcome.put("Empty", empty);
          for (var other : List.of(REFUSED, FAILED, TRUNCATED, UNKNOWN, CLIENT_GONE, ABORTED)) {
            byOutcome.put(other.label(), byState.getOrDefault(other, 0));
          }
          return new GatewayRequestCounts(
              inFlight, Math.min(total, MAX_COUNTED), byOutcome, total > MAX_COUNTED);
        });
  }

  private static Condition matches(GatewayRequestFilter filter) {
    Condition matching = noCondition();
    if (filter.state() != null) {
      matching = matching.and(GATEWAY_REQUESTS.STATE.eq(filter.state().code()));
    }
    if (filter.empty() != null) {
      matching =
          matching.and(filter.empty() ? EMPTY : GATEWAY_REQUESTS.REASON.isDistinctFrom(EMPTY_CODE));
    }
    if (filter.tokenId() != null) {
      matching = matching.and(GATEWAY_REQUESTS.TOKEN_ID.eq(filter.tokenId()));
    }
    if (filter.model() != null) {
      matching = matching.and(GATEWAY_REQUESTS.MODEL_ASKED.eq(filter.model()));
    }
    return matching;
  }

  private static <T> Field<T> last(Field<T> attempt, Field<T> request) {
    Field<T> ofLast = Objects.requireNonNull(LAST.field(attempt));
    return when(WITHOUT_OUTCOME, coalesce(ofLast, request))
        .otherwise(request)
        .as("shown_" + request.getName());
  }

  private static List<SelectField<?>> columns() {
    var columns =
        new ArrayList<SelectField<?>>(
            Stream.of(GATEWAY_REQUESTS.fields())
                .filter(
                    field ->
                        Stream.of(ATTEMPTS, KEY_ID, KEY_NAME, MODEL, PROVIDER)
                            .noneMatch(shown -> shown.getName().equals("shown_" + field.getName())))
                .toList());
    columns.addAll(List.of(ATTEMPTS, KEY_ID, KEY_NAME, MODEL, PROVIDER));
    return columns;
  }

  private static GatewayRequestRow request(Record row) {
    return new GatewayRequestRow(
        row.get(GATEWAY_REQUESTS.ID),
        row.get(GATEWAY_REQUESTS.WORKSPACE_ID),
        row.get(GATEWAY_REQUESTS.TOKEN_ID),
        row.get(GATEWAY_REQUESTS.TOKEN_NAME),
        StoredEnum.of(GatewayOperation.class, row.get(GATEWAY_REQUESTS.OPERATION)),
        row.get(GATEWAY_REQUESTS.MODEL_ASKED),
        row.get(MODEL),
        row.get(PROVIDER),
        row.get(GATEWAY_REQUESTS.STREAMED),
        StoredEnum.of(GatewayRequestState.class, row.get(GATEWAY_REQUESTS.STATE)),
        row.get(GATEWAY_REQUESTS.HTTP_STATUS),
        row.get(GATEWAY_REQUESTS.REASON),
        row.get(ATTEMPTS),
        row.get(KEY_ID),
        row.get(KEY_NAME),
        row.get(GATEWAY_REQUESTS.STARTED_AT),
        row.get(GATEWAY_REQUESTS.ENDED_AT),
        row.get(GATEWAY_REQUESTS.FIRST_EVENT_MS),
        row.get(GATEWAY_REQUESTS.PROMPT_TOKENS),
        row.get(GATEWAY_REQUESTS.COMPLETION_TOKENS),
        row.get(GATEWAY_REQUESTS.COST_KNOWN) ? row.get(GATEWAY_REQUESTS.COST) : null,
        row.get(GATEWAY_REQUESTS.CLIENT_ADDRESS),
        row.get(GATEWAY_REQUESTS.AGENT),
        row.get(GATEWAY_REQUESTS.CLIENT_REQUEST_ID));
  }

  private static List<GatewayAttemptRow> attempts(
      DSLContext dsl, Condition which, OrderField<?> order, int limit) {
    return dsl.select(
            GATEWAY_ATTEMPTS.ID,
            GATEWAY_ATTEMPTS.REQUEST_ID,
            GATEWAY_ATTEMPTS.NO,
            GATEWAY_ATTEMPTS.SEAT,
            GATEWAY_ATTEMPTS.KEY_ID,
            GATEWAY_ATTEMPTS.KEY_NAME,
            GATEWAY_ATTEMPTS.PROVIDER,
            GATEWAY_ATTEMPTS.MODEL,
            GATEWAY_ATTEMPTS.STATE.convertFrom(
                code -> StoredEnum.of(GatewayAttemptState.class, code)),
            GATEWAY_ATTEMPTS.HTTP_STATUS,
            GATEWAY_ATTEMPTS.OUTCOME,
            GATEWAY_ATTEMPTS.OPENED_AT,
            GATEWAY_ATTEMPTS.FIRST_EVENT_MS,
            GATEWAY_ATTEMPTS.LATENCY_MS,
            GATEWAY_ATTEMPTS.PROMPT_TOKENS,
            GATEWAY_ATTEMPTS.COMPLETION_TOKENS,
            when(GATEWAY_ATTEMPTS.COST_KNOWN, GATEWAY_ATTEMPTS.COST),
            GATEWAY_ATTEMPTS.GENERATION_ID)
        .from(GATEWAY_ATTEMPTS)
        .where(which)
        .orderBy(order)
        .limit(limit)
        .fetch(Records.mapping(GatewayAttemptRow::new));
  }
}
