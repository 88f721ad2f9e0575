package dev.keywheel.people;

import static dev.keywheel.db.schema.Tables.AUDIT_EVENTS;
import static org.jooq.impl.DSL.noCondition;

import dev.keywheel.db.Database;
import dev.keywheel.db.Json;
import dev.keywheel.db.Tx;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/**
 * The record of who did what. Written in the transaction of the deed: when the record cannot be
 * written, the deed does not happen.
 *
 * <p>Each row carries the hash of the row before it in its workspace, so that a row that is changed
 * or taken out later shows ({@link #firstBroken}). What a chain cannot show is that its end was cut
 * off.
 */
public final class Audit {
  private static final long CHAIN_LOCK = 0x6B77_6175L;

  private final Database db;
  private final InstantSource clock;

  public Audit(Database db, InstantSource clock) {
    this.db = db;
    this.clock = clock;
  }

  /**
   * Writes one line. Call it last in a transaction: rows of one workspace wait for each other.
   *
   * @param actor an e-mail address, or the part of Keywheel that acted
   * @param action past tense, lower case: {@code revealed a key}
   * @param subject what it was done to: an id or a name
   * @param details never a secret; values are kept as text
   */
  public void record(
      Tx tx,
      UUID workspace,
      String actor,
      @Nullable UUID actorId,
      String action,
      @Nullable String subject,
      Map<String, ?> details) {
    tx.dsl().fetch("select pg_advisory_xact_lock(?, ?)", (int) CHAIN_LOCK, workspace.hashCode());
    var previous =
        tx.dsl()
            .select(AUDIT_EVENTS.HASH)
            .from(AUDIT_EVENTS)
            .where(AUDIT_EVENTS.WORKSPACE_ID.eq(workspace))
            .orderBy(AUDIT_EVENTS.ID.desc())
            .limit(1)
            .fetchOne(AUDIT_EVENTS.HASH);
    var at = clock.instant().truncatedTo(ChronoUnit.MICROS);
    var event = new AuditEvent(0, at, actor, actorId, action, subject, texts(details));
    tx.dsl()
        .insertInto(AUDIT_EVENTS)
        .set(AUDIT_EVENTS.WORKSPACE_ID, workspace)
        .set(AUDIT_EVENTS.AT, at)
        .set(AUDIT_EVENTS.ACTOR, actor)
        .set(AUDIT_EVENTS.ACTOR_ID, actorId)
        .set(AUDIT_EVENTS.ACTION, action)
        .set(AUDIT_EVENTS.SUBJECT, subject)
        .set(AUDIT_EVENTS.DETAILS, Json.jsonb(event.details()))
        .set(AUDIT_EVENTS.PREVIOUS, previous)
        .set(AUDIT_EVENTS.HASH, hash(previous, event))
        .execute();
  }

  /** As {@link #record} for a person in their own workspace. */
  public void record(
      Tx tx, Person person, String action, @Nullable String subject, Map<String, ?> details) {
    record(tx, person.workspaceId(), person.email(), person.userId(), action, subject, details);
  }

  /**
   * The newest lines of a workspace that are meant, newest first, older than {@code before} when it
   * is given.
   */
  public List<AuditEvent> newest(
      UUID workspace, AuditFilter filter, @Nullable Long before, int limit) {
    return db.read(
        dsl ->
            dsl.selectFrom(AUDIT_EVENTS)
                .where(AUDIT_EVENTS.WORKSPACE_ID.eq(workspace))
                .and(meant(filter))
                .and(AUDIT_EVENTS.ID.lt(before == null ? Long.MAX_VALUE : before))
                .orderBy(AUDIT_EVENTS.ID.desc())
                .limit(limit)
                .fetch(Audit::event));
  }

  private static Condition meant(AuditFilter filter) {
    var all = noCondition();
    if (!filter.who().isEmpty()) {
      all = all.and(AUDIT_EVENTS.ACTOR.eq(filter.who()));
    }
    if (!filter.what().isEmpty()) {
      all = all.and(AUDIT_EVENTS.ACTION.eq(filter.what()));
    }
    if (!filter.text().isBlank()) {
      var text = filter.text().strip();
      all =
          all.and(
              AUDIT_EVENTS
                  .ACTOR
                  .containsIgnoreCase(text)
                  .or(AUDIT_EVENTS.ACTION.containsIgnoreCase(text))
                  .or(AUDIT_EVENTS.SUBJECT.containsIgnoreCase(text))
                  .or(AUDIT_EVENTS.DETAILS.cast(SQLDataType.CLOB).containsIgnoreCase(text)));
    }
    return all;
  }

  /** Who stands in the record of a workspace, in the order of the alphabet. */
  public List<String> actors(UUID workspace) {
    return distinct(workspace, AUDIT_EVENTS.ACTOR);
  }

  /** What was done, in the order of the alphabet. */
  public List<String> actions(UUID workspace) {
    return distinct(workspace, AUDIT_EVENTS.ACTION);
  }

  private List<String> distinct(UUID workspace, Field<String> field) {
    return db.read(
        dsl ->
            dsl.selectDistinct(field)
                .from(AUDIT_EVENTS)
                .where(AUDIT_EVENTS.WORKSPACE_ID.eq(workspace))
                .orderBy(field)
                .limit(200)
                .fetch(field));
  }

  /** The id of the first line of a workspace that does not follow from the one before it. */
  public Optional<Long> firstBroken(UUID workspace) {
    return db.read(
        dsl -> {
          byte @Nullable [] previous = null;
          try (var rows =
              dsl.selectFrom(AUDIT_EVENTS)
                  .where(AUDIT_EVENTS.WORKSPACE_ID.eq(workspace))
                  .orderBy(AUDIT_EVENTS.ID)
                  .fetchLazy()) {
            for (var row : rows) {
              var follows = Arrays.equals(previous, row.get(AUDIT_EVENTS.PREVIOUS));
              if (!follows || !Arrays.equals(hash(previous, event(row)), row.getHash())) {
                return Optional.of(row.getId());
              }
              previous = row.getHash();
            }
          }
          return Optional.empty();
        });
  }

  @SuppressWarnings("unchecked") // what texts() made is what comes back
  private static AuditEvent event(Record row) {
    return new AuditEvent(
        row.get(AUDIT_EVENTS.ID),
        row.get(AUDIT_EVENTS.AT),
        row.get(AUDIT_EVENTS.ACTOR),
        row.get(AUDIT_EVENTS.ACTOR_ID),
        row.get(AUDIT_EVENTS.ACTION),
        row.get(AUDIT_EVENTS.SUBJECT),
        new TreeMap<>(Json.read(row.get(AUDIT_EVENTS.DETAILS), Map.class)));
  }

  /** Values as text, in the order of their names: the same after a trip through jsonb. */
  private static Map<String, String> texts(Map<String, ?> details) {
    var texts = new TreeMap<String, String>();
    details.forEach((name, value) -> texts.put(name, String.valueOf(value).replace("\0", "")));
    return texts;
  }

  private static byte[] hash(byte @Nullable [] previous, AuditEvent event) {
    var line =
        Json.text(
            Arrays.asList(
                previous == null ? "" : HexFormat.of().formatHex(previous),
                event.at().truncatedTo(ChronoUnit.MICROS).toString(),
                event.actor(),
                event.actorId(),
                event.action(),
                event.subject(),
                new TreeMap<>(event.details())));
    try {
      return MessageDigest.getInstance("SHA-256").digest(line.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256", e);
    }
  }
}
