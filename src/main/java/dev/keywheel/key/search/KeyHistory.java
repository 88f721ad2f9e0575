package dev.keywheel.key.search;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.KEY_CHANGES;
import static dev.keywheel.db.schema.Tables.KEY_TESTS;
import static dev.keywheel.db.schema.Tables.ROTATION_ORDER;
import static org.jooq.impl.DSL.noCondition;

import dev.keywheel.db.Database;
import dev.keywheel.db.Json;
import dev.keywheel.db.StoredEnum;
import dev.keywheel.key.pool.KeyModels;
import dev.keywheel.key.pool.KeyRepository;
import dev.keywheel.key.search.KeyDetail.Change;
import dev.keywheel.key.search.KeyDetail.Test;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.problem.NotFound;
import dev.keywheel.provider.Evidence;
import dev.keywheel.provider.KeyInfo;
import dev.keywheel.provider.limit.KeyReason;
import dev.keywheel.provider.limit.TestReason;
import dev.keywheel.run.AttemptRepository;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.JSONB;
import org.jooq.Record;
import org.jooq.Records;
import org.jspecify.annotations.Nullable;

/** The changes, tests and calls of one key, newest first. */
public final class KeyHistory {
  /** The maximum number of changes, of tests and of calls on one page. */
  public static final int ROWS = 50;

  /** At most this many other keys of an account are counted, because the page of a key polls. */
  public static final int MAX_SIBLINGS = 1_000;

  private final Database database;

  public KeyHistory(Database database) {
    this.database = database;
  }

  /**
   * Where the changes, tests and calls start: after this row, or with the newest row for null.
   *
   * @param change the id of a change
   * @param test when a test ended
   * @param use the id of a call
   */
  public record Before(@Nullable Long change, @Nullable Instant test, @Nullable Long use) {
    public static final Before NOW = new Before(null, null, null);
  }

  /**
   * Reads a key with up to {@link #ROWS} changes, tests and calls each, and one more if it exists.
   *
   * @throws NotFound also for a key of another workspace or in the trash
   */
  public KeyDetail get(UUID workspace, UUID id, Before before) {
    return database
        .read(
            dsl ->
                dsl.select(KeyRepository.COLUMNS)
                    .select(API_KEYS.CHECK_DUE, API_KEYS.EVIDENCE)
                    .select(API_KEYS.FACTS, API_KEYS.ACCOUNT_SOURCE)
                    .select(ROTATION_ORDER.ASSIGNMENTS)
                    .from(API_KEYS)
                    .join(ROTATION_ORDER)
                    .on(ROTATION_ORDER.KEY_ID.eq(API_KEYS.ID))
                    .where(API_KEYS.WORKSPACE_ID.eq(workspace))
                    .and(API_KEYS.ID.eq(id))
                    .and(API_KEYS.DELETED_AT.isNull())
                    .fetchOptional(row -> detail(dsl, row, before)))
        .orElseThrow(() -> database.read(dsl -> KeyRepository.missing(dsl, workspace, id)));
  }

  private static KeyDetail detail(DSLContext dsl, Record row, Before before) {
    ApiKey key = KeyRepository.key(row);
    JSONB facts = row.get(API_KEYS.FACTS);
    return new KeyDetail(
        key,
        row.get(ROTATION_ORDER.ASSIGNMENTS),
        row.get(API_KEYS.CHECK_DUE),
        evidence(row.get(API_KEYS.EVIDENCE)),
        facts.data().equals("{}") ? null : Json.read(facts, KeyInfo.class),
        "typed".equals(row.get(API_KEYS.ACCOUNT_SOURCE)),
        siblings(dsl, key),
        KeyModels.of(dsl, key.id()),
        changes(dsl, key.id(), before.change()),
        tests(dsl, key.id(), before.test()),
        AttemptRepository.ofKey(dsl, key.id(), before.use(), ROWS + 1));
  }

  static int siblings(DSLContext dsl, ApiKey key) {
    return key.account() == null
        ? 0
        : dsl.fetchCount(
            dsl.select(API_KEYS.ID)
                .from(API_KEYS)
                .where(KeyRepository.inPool(key.pool()))
                .and(API_KEYS.ACCOUNT.eq(key.account()))
                .and(API_KEYS.ID.ne(key.id()))
                .limit(MAX_SIBLINGS + 1));
  }

  private static List<Change> changes(DSLContext dsl, UUID id, @Nullable Long before) {
    return dsl.select(
            KEY_CHANGES.ID,
            KEY_CHANGES.AT,
            KEY_CHANGES.KIND,
            KEY_CHANGES.FROM_STATUS.convertFrom(KeyHistory::status),
            KEY_CHANGES.TO_STATUS.convertFrom(KeyHistory::status),
            KEY_CHANGES.REASON.convertFrom(KeyHistory::reason),
            KEY_CHANGES.OLD_VALUE,
            KEY_CHANGES.NEW_VALUE,
            KEY_CHANGES.EVIDENCE.convertFrom(KeyHistory::evidence),
            KEY_CHANGES.ACTOR,
            KEY_CHANGES.RUN_ID,
            KEY_CHANGES.RECOVERY_ID)
        .from(KEY_CHANGES)
        .where(KEY_CHANGES.KEY_ID.eq(id))
        .and(before == null ? noCondition() : KEY_CHANGES.ID.lt(before))
        .orderBy(KEY_CHANGES.ID.desc())
        .limit(ROWS + 1)
        .fetch(Records.mapping(Change::new));
  }

  private static List<Test> tests(DSLContext dsl, UUID id, @Nullable Instant before) {
    return dsl.select(
            KEY_TESTS.ENDED_AT,
            KEY_TESTS.RESULT,
            KEY_TESTS.REASON.convertFrom(KeyHistory::testReason),
            KEY_TESTS.LIMITED_UNTIL,
            KEY_TESTS.LATENCY_MS,
            KEY_TESTS.RECOVERY_ID,
            KEY_TESTS.MODEL,
            KEY_TESTS.TOKENS,
            KEY_TESTS.COST,
            KEY_TESTS.EVIDENCE.convertFrom(KeyHistory::evidence))
        .from(KEY_TESTS)
        .where(KEY_TESTS.KEY_ID.eq(id))
        .and(KEY_TESTS.ENDED_AT.isNotNull())
        .and(KEY_TESTS.RESULT.isNotNull())
        .and(before == null ? noCondition() : KEY_TESTS.ENDED_AT.lt(before))
        .orderBy(KEY_TESTS.ENDED_AT.desc())
        .limit(ROWS + 1)
        .fetch(Records.mapping(Test::new));
  }

  private static @Nullable KeyStatus status(@Nullable String word) {
    return word == null ? null : KeyStatus.of(word);
  }

  private static @Nullable KeyReason reason(@Nullable String code) {
    return code == null ? null : StoredEnum.find(KeyReason.class, code).orElse(null);
  }

  private static @Nullable TestReason testReason(@Nullable String code) {
    return code == null ? null : TestReason.find(code).orElse(null);
  }

  private static @Nullable Evidence evidence(@Nullable JSONB json) {
    return json == null ? null : Json.read(json, Evidence.class);
  }
}
