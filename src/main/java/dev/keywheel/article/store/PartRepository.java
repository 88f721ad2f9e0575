package dev.keywheel.article.store;

import static dev.keywheel.db.schema.Tables.ARTICLES;
import static dev.keywheel.db.schema.Tables.PARTS;
import static org.jooq.impl.DSL.coalesce;
import static org.jooq.impl.DSL.max;
import static org.jooq.impl.DSL.select;

import dev.keywheel.article.run.model.Part;
import dev.keywheel.article.run.model.PartName;
import dev.keywheel.article.run.model.PartSet;
import dev.keywheel.article.run.model.SourceRun;
import dev.keywheel.db.Json;
import dev.keywheel.db.Tx;
import dev.keywheel.run.RunQueries;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.JSONB;
import org.jooq.Records;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** Versions of parts. Writers lock the article's row, so that version numbers have no gaps. */
public final class PartRepository {
  /**
   * A version to insert.
   *
   * @param origin as in {@link Part}
   * @param runId null for a user's version
   * @param attemptId the call whose reply the body is; null if there is none
   * @param image PNG of the cover; null for other parts
   * @param checks results of checks, stored as JSON
   * @param by the user who saved the version or started the run; null if unknown
   */
  public record NewPart(
      UUID id,
      UUID articleId,
      PartName name,
      String origin,
      @Nullable UUID runId,
      @Nullable Long attemptId,
      Object body,
      byte @Nullable [] image,
      Object checks,
      boolean locked,
      @Nullable UUID by,
      String byName) {}

  /** Locks the article's row: no run of it begins, and no other transaction writes its parts. */
  public static void lock(Tx tx, UUID articleId) {
    tx.dsl()
        .select(ARTICLES.ID)
        .from(ARTICLES)
        .where(ARTICLES.ID.eq(articleId))
        .forUpdate()
        .fetch();
  }

  /** Whether the article is in the trash or purged. */
  public static boolean deleted(Tx tx, UUID articleId) {
    return tx.dsl()
        .fetchExists(ARTICLES, ARTICLES.ID.eq(articleId), ARTICLES.DELETED_AT.isNotNull());
  }

  /** Locks the article; returns whether it was deleted before {@code before} and not restored. */
  public static boolean lockDeleted(Tx tx, UUID articleId, Instant before) {
    lock(tx, articleId);
    return tx.dsl()
        .fetchExists(ARTICLES, ARTICLES.ID.eq(articleId), ARTICLES.DELETED_AT.lt(before));
  }

  /** Writes a version and makes it the current one. */
  public void insert(Tx tx, NewPart part, Instant now) {
    lock(tx, part.articleId());
    tx.dsl()
        .update(PARTS)
        .set(PARTS.CURRENT, false)
        .where(current(part.articleId(), part.name()))
        .execute();
    var next =
        select(coalesce(max(PARTS.VERSION), 0).plus(1))
            .from(PARTS)
            .where(of(part.articleId(), part.name()));
    tx.dsl()
        .insertInto(PARTS)
        .set(PARTS.ID, part.id())
        .set(PARTS.ARTICLE_ID, part.articleId())
        .set(PARTS.PART, part.name().code())
        .set(PARTS.VERSION, DSL.field(next))
        .set(PARTS.CURRENT, true)
        .set(PARTS.ORIGIN, part.origin())
        .set(PARTS.RUN_ID, part.runId())
        .set(PARTS.ATTEMPT_ID, part.attemptId())
        .set(PARTS.BODY, part.body() instanceof JSONB kept ? kept : Json.jsonb(part.body()))
        .set(PARTS.IMAGE, part.image())
        .set(PARTS.CHECKS, Json.jsonb(part.checks()))
        .set(PARTS.LOCKED, part.locked())
        .set(PARTS.CREATED_BY, part.by())
        .set(PARTS.CREATED_BY_NAME, part.byName())
        .set(PARTS.CREATED_AT, now)
        .execute();
  }

  public Optional<Part> current(DSLContext dsl, UUID articleId, PartName name) {
    return versions(dsl, current(articleId, name)).stream().findFirst();
  }

  /** The current version of every part that the article has. */
  public PartSet current(DSLContext dsl, UUID articleId) {
    return PartSet.of(
        versions(dsl, PARTS.ARTICLE_ID.eq(articleId).and(PARTS.CURRENT.isTrue())).stream()
            .map(p -> p.mayHaveLinks() ? p.withTyped(versions(dsl, articleId, p.name())) : p)
            .toList());
  }

  public Optional<Part> version(DSLContext dsl, UUID articleId, PartName name, int version) {
    return versions(dsl, of(articleId, name).and(PARTS.VERSION.eq(version))).stream().findFirst();
  }

  /** All versions, newest first. */
  public List<Part> versions(DSLContext dsl, UUID articleId, PartName name) {
    return versions(dsl, of(articleId, name));
  }

  /** The runs that wrote versions, by the id of the version; none for a user's version. */
  public Map<UUID, SourceRun> runs(DSLContext dsl, UUID articleId, PartName name) {
    var made =
        dsl.select(PARTS.ID, PARTS.RUN_ID, PARTS.ATTEMPT_ID)
            .from(PARTS)
            .where(of(articleId, name), PARTS.RUN_ID.isNotNull())
            .fetch();
    var numbers = RunQueries.numbers(dsl, made.getValues(PARTS.RUN_ID));
    return made.intoMap(
        PARTS.ID, r -> new SourceRun(r.value2(), numbers.getOrDefault(r.value2(), 0L), r.value3()));
  }

  /** The version with this id, if its article belongs to the workspace. */
  public Optional<Part> byId(DSLContext dsl, UUID workspace, UUID id) {
    var ofWorkspace =
        PARTS.ARTICLE_ID.in(
            select(ARTICLES.ID).from(ARTICLES).where(ARTICLES.WORKSPACE_ID.eq(workspace)));
    return versions(dsl, PARTS.ID.eq(id).and(ofWorkspace)).stream().findFirst();
  }

  public Optional<byte[]> picture(DSLContext dsl, UUID articleId) {
    return dsl.select(PARTS.IMAGE)
        .from(PARTS)
        .where(current(articleId, PartName.IMAGE), PARTS.IMAGE.isNotNull())
        .fetchOptional(PARTS.IMAGE);
  }

  /** The id of the current version of the article's image, if it has a picture. */
  public Optional<UUID> pictureId(DSLContext dsl, UUID articleId) {
    return dsl.select(PARTS.ID)
        .from(PARTS)
        .where(current(articleId, PartName.IMAGE), PARTS.IMAGE.isNotNull())
        .fetchOptional(PARTS.ID);
  }

  /** The picture of one version, as a PNG. */
  public Optional<byte[]> pictureOf(DSLContext dsl, UUID id) {
    return dsl.select(PARTS.IMAGE)
        .from(PARTS)
        .where(PARTS.ID.eq(id), PARTS.IMAGE.isNotNull())
        .fetchOptional(PARTS.IMAGE);
  }

  public void setLocked(Tx tx, UUID articleId, PartName name, boolean locked) {
    tx.dsl().update(PARTS).set(PARTS.LOCKED, locked).where(current(articleId, name)).execute();
  }

  /** Marks the current versions of parts as stale: the parts that they depend on have changed. */
  public void markStale(Tx tx, UUID articleId, Collection<PartName> names) {
    tx.dsl()
        .update(PARTS)
        .set(PARTS.STALE, true)
        .where(
            PARTS.ARTICLE_ID.eq(articleId),
            PARTS.CURRENT.isTrue(),
            PARTS.PART.in(names.stream().map(PartName::code).toList()))
        .execute();
  }

  private static Condition of(UUID articleId, PartName name) {
    return PARTS.ARTICLE_ID.eq(articleId).and(PARTS.PART.eq(name.code()));
  }

  private static Condition current(UUID articleId, PartName name) {
    return of(articleId, name).and(PARTS.CURRENT.isTrue());
  }

  /** Newest version first. */
  private static List<Part> versions(DSLContext dsl, Condition which) {
    return dsl.select(
            PARTS.ID,
            PARTS.PART.convertFrom(code -> PartName.of(code).orElseThrow()),
            PARTS.VERSION,
            PARTS.CURRENT,
            PARTS.ORIGIN,
            PARTS.BODY,
            PARTS.LOCKED,
            PARTS.STALE,
            PARTS.CREATED_BY_NAME,
            PARTS.CREATED_AT,
            DSL.inline("").convertFrom(_ -> Set.<String>of()))
        .from(PARTS)
        .where(which)
        .orderBy(PARTS.VERSION.desc())
        .fetch(Records.mapping(Part::new));
  }
}
