package dev.keywheel.key.imports;

import static dev.keywheel.db.schema.Tables.KEY_IMPORTS;
import static dev.keywheel.key.imports.ImportStore.SEALED;
import static dev.keywheel.key.imports.ImportStore.unconfirmed;
import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;
import static org.jooq.impl.DSL.field;

import dev.keywheel.db.Database;
import dev.keywheel.db.Json;
import dev.keywheel.db.Tx;
import dev.keywheel.db.schema.tables.records.KeyImportsRecord;
import dev.keywheel.key.imports.ImportLine.ImportStatus;
import dev.keywheel.key.imports.ImportReport.Stop;
import dev.keywheel.key.imports.ImportStore.StoredSecret;
import dev.keywheel.key.pool.PoolRepository;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.people.identity.Role;
import dev.keywheel.people.identity.WorkspaceIds;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.Records;
import org.jspecify.annotations.Nullable;

/** Stores the replacements that a job makes. Their secrets are erased when the job ends. */
final class ReplacementStore {
  /** If the job has not ended after this time, its secrets are erased. */
  static final Duration MAX_DURATION = Duration.ofDays(1);

  private final Database database;
  private final ImportStore previews;
  private final InstantSource clock;

  ReplacementStore(Database database, ImportStore previews, InstantSource clock) {
    this.database = database;
    this.previews = previews;
    this.clock = clock;
  }

  /** Like {@link ImportStore#take}, but locks the pools first. */
  Optional<List<StoredSecret>> take(Tx tx, ImportReport preview) {
    PoolRepository.lockAllWith(tx, preview.pool());
    return previews.take(tx, preview);
  }

  /** Leaves a preview to the job; false when it was already confirmed or its secrets are erased. */
  boolean begin(Tx tx, ImportReport preview, Principal who) {
    return tx.dsl()
            .update(KEY_IMPORTS)
            .set(KEY_IMPORTS.BEGUN_AT, clock.instant())
            .set(KEY_IMPORTS.ACTOR, who.email())
            .set(KEY_IMPORTS.ACTOR_ID, who.userId())
            .set(KEY_IMPORTS.TOTAL, preview.imported().size())
            .where(unconfirmed(preview.id()).and(KEY_IMPORTS.BEGUN_AT.isNull()).and(SEALED))
            .execute()
        == 1;
  }

  /**
   * A preview and the user who confirmed it. A line may contain several secrets, so a secret is
   * identified by the name of the key whose secret it replaces; no two secrets are for the same
   * key.
   *
   * @param planned the lines of the preview
   * @param kept the secrets, in the order of the lines; empty when they are erased
   */
  record Work(
      UUID id,
      PoolId pool,
      Instant pastedAt,
      List<ImportLine> planned,
      List<StoredSecret> kept,
      Principal who) {

    Set<UUID> replaced(Progress progress) {
      var missed = progress.missed().stream().map(ImportLine::name).collect(toSet());
      return kept.subList(0, progress.reached()).stream()
          .filter(k -> !missed.contains(k.name()))
          .map(StoredSecret::key)
          .filter(Objects::nonNull)
          .collect(toSet());
    }
  }

  /**
   * The confirmed preview with this id, for the job that applies it; empty when the replacement has
   * ended.
   */
  Optional<Work> findBegun(UUID id) {
    return database.read(
        dsl ->
            dsl.selectFrom(KEY_IMPORTS)
                .where(unconfirmed(id).and(KEY_IMPORTS.BEGUN_AT.isNotNull()))
                .fetchOptional(row -> work(dsl, row)));
  }

  private Work work(DSLContext dsl, KeyImportsRecord row) {
    var pool = new PoolId(row.getWorkspaceId(), row.getProvider());
    return new Work(
        row.getId(),
        pool,
        row.getCreatedAt(),
        ImportStore.lines(row.getReport()),
        row.getCiphertext() == null ? List.of() : previews.open(dsl, pool, row.getId(), row),
        by(row, row.getWorkspaceId()));
  }

  private static Principal by(Record row, UUID workspace) {
    return new Principal(
        requireNonNull(row.get(KEY_IMPORTS.ACTOR_ID)),
        requireNonNull(row.get(KEY_IMPORTS.ACTOR)),
        workspace,
        Role.OPERATOR,
        false);
  }

  /**
   * The progress of a replacement.
   *
   * @param reached the number of processed secrets
   * @param missed the processed lines that replaced no secret, with the names of their keys
   */
  record Progress(int reached, List<ImportLine> missed) {
    static final Progress NONE = new Progress(0, List.of());
  }

  /**
   * A locked replacement.
   *
   * @param who the user who confirmed it
   * @param stop why the job must stop; empty when it may continue
   */
  record LockedReplacement(Progress progress, Principal who, Optional<Stop> stop) {}

  /** Locks the pools and the row of a replacement; empty when the replacement has ended. */
  Optional<LockedReplacement> lock(Tx tx, PoolId pool, UUID id) {
    PoolRepository.lockAllWith(tx, pool);
    var archived = field(KEY_IMPORTS.WORKSPACE_ID.in(WorkspaceIds.archived())).as("archived");
    var sealed = field(SEALED).as("sealed");
    return tx.dsl()
        .select(KEY_IMPORTS.DONE, KEY_IMPORTS.MISSED, KEY_IMPORTS.ACTOR, KEY_IMPORTS.ACTOR_ID)
        .select(archived, sealed)
        .from(KEY_IMPORTS)
        .where(unconfirmed(id).and(KEY_IMPORTS.BEGUN_AT.isNotNull()))
        .forUpdate()
        .fetchOptional(
            row ->
                new LockedReplacement(
                    new Progress(
                        row.get(KEY_IMPORTS.DONE), ImportStore.lines(row.get(KEY_IMPORTS.MISSED))),
                    by(row, pool.workspaceId()),
                    row.get(archived)
                        ? Optional.of(Stop.ARCHIVED)
                        : row.get(sealed) ? Optional.empty() : Optional.of(Stop.ERASED)));
  }

  void saveProgress(Tx tx, UUID id, Progress progress) {
    tx.dsl()
        .update(KEY_IMPORTS)
        .set(KEY_IMPORTS.DONE, progress.reached())
        .set(KEY_IMPORTS.MISSED, Json.jsonb(progress.missed()))
        .where(KEY_IMPORTS.ID.eq(id))
        .execute();
  }

  /** Stores the final report, erases the secrets, and returns the report. */
  List<ImportLine> end(
      Tx tx, UUID id, List<ImportLine> planned, Progress progress, @Nullable Stop stopped) {
    var report = report(planned, progress.missed(), progress.reached(), stopped);
    previews.end(tx, id, report);
    tx.dsl()
        .update(KEY_IMPORTS)
        .set(KEY_IMPORTS.STOPPED, stopped == null ? null : stopped.code())
        .where(KEY_IMPORTS.ID.eq(id))
        .execute();
    return report;
  }

  /** The replacements in progress, in the order of their confirmation. */
  List<SecretReplacements.RunningReplacement> running(UUID workspace) {
    return running(KEY_IMPORTS.WORKSPACE_ID.eq(workspace));
  }

  /** The replacement with this id; empty when it is not in progress. Reads no lines or secrets. */
  Optional<SecretReplacements.RunningReplacement> running(UUID workspace, UUID id) {
    return running(KEY_IMPORTS.WORKSPACE_ID.eq(workspace).and(KEY_IMPORTS.ID.eq(id))).stream()
        .findFirst();
  }

  private List<SecretReplacements.RunningReplacement> running(Condition which) {
    return database.read(
        dsl ->
            dsl.select(KEY_IMPORTS.ID, KEY_IMPORTS.PROVIDER, KEY_IMPORTS.TOTAL, KEY_IMPORTS.DONE)
                .from(KEY_IMPORTS)
                .where(which)
                .and(KEY_IMPORTS.BEGUN_AT.isNotNull())
                .and(KEY_IMPORTS.CONFIRMED_AT.isNull())
                .and(SEALED)
                .orderBy(KEY_IMPORTS.BEGUN_AT, KEY_IMPORTS.ID)
                .fetch(Records.mapping(SecretReplacements.RunningReplacement::new)));
  }

  /**
   * The result of each line.
   *
   * @param planned the lines of the preview
   * @param missed the processed lines that replaced no secret, as the report shows them
   * @param reached how many of the planned replacements the job has processed
   * @param stopped why the job ended before the last line; null when it did not
   */
  static List<ImportLine> report(
      List<ImportLine> planned, List<ImportLine> missed, int reached, @Nullable Stop stopped) {
    Map<String, ImportLine> byName =
        missed.stream().collect(toMap(ImportLine::name, Function.identity(), (first, _) -> first));
    var lines = new ArrayList<ImportLine>();
    int position = 0;
    for (ImportLine line : planned) {
      if (line.status() != ImportStatus.REPLACES) {
        lines.add(line);
      } else if (position++ >= reached && stopped != null) {
        lines.add(missed(line, "Not reached: " + stopped.event()));
      } else {
        lines.add(byName.getOrDefault(line.name(), line));
      }
    }
    return lines;
  }

  static ImportLine missed(ImportLine line, String reason) {
    return line.because(ImportStatus.NOT_REPLACED, reason);
  }

  static int replaced(List<ImportLine> report) {
    return (int) report.stream().filter(line -> line.status() == ImportStatus.REPLACES).count();
  }
}
