package dev.keywheel.secret;

import static dev.keywheel.db.schema.Tables.DATA_KEYS;
import static dev.keywheel.db.schema.Tables.RETIRED_KEKS;

import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import dev.keywheel.problem.Conflict;
import dev.keywheel.problem.NotFound;
import dev.keywheel.problem.Rejected;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jooq.impl.DSL;

/**
 * The key-encryption keys (KEKs): changes the KEK in use, and keeps retired KEKs until a user
 * deletes them. Data keys are rewrapped immediately, but backups of the database need the KEK that
 * was in use when they were made.
 */
public final class KekRotation {
  private final Database database;
  private final Vault vault;
  private final KekSource source;
  private final DataKeyRepository keys;
  private final SecureRandom random;
  private final InstantSource clock;

  KekRotation(
      Database database,
      Vault vault,
      KekSource source,
      DataKeyRepository keys,
      SecureRandom random,
      InstantSource clock) {
    this.database = database;
    this.vault = vault;
    this.source = source;
    this.keys = keys;
    this.random = random;
    this.clock = clock;
  }

  public record RewrapResult(String fromKekId, String toKekId, int dataKeys) {}

  /**
   * A KEK that is not in use.
   *
   * @param available whether the source still holds it
   * @param dataKeys number of data keys in the database that it wraps
   */
  public record RetiredKek(String kekId, Instant retiredAt, boolean available, int dataKeys) {}

  public String source() {
    return source.name();
  }

  /** The id of the KEK in use, which another node may have changed. */
  public String inUse() {
    return keys.neededKekId();
  }

  /** Whether {@link #change} creates the new key; otherwise the operator provides it. */
  public boolean managed() {
    return source.managed();
  }

  /**
   * Rewraps the data keys with another KEK in one transaction, without downtime: the data keys do
   * not change, so every node can read every secret throughout. Creates the new KEK if Keywheel
   * manages it; otherwise the operator has put the new key on the first line, above the old one.
   *
   * @param alongside further writes in the same transaction
   * @throws Rejected if the first key of the source is already in use
   */
  public RewrapResult change(BiConsumer<Tx, RewrapResult> alongside) {
    return vault.changeKek(inUse -> vault.withKek(() -> change(inUse, alongside)));
  }

  private RewrapResult change(String inUse, BiConsumer<Tx, RewrapResult> alongside) {
    List<Kek> keks = new ArrayList<>(vault.readKeks());
    Kek old = DataKeyRepository.kek(inUse, keks);
    if (source.managed()) {
      source.retire(old);
      keks.addFirst(Kek.generate(random));
      source.write(keks);
    }
    Kek fresh = keks.getFirst();
    if (fresh.id().equals(inUse)) {
      throw new Rejected(
          ("The first key in %s is the one in use (%s). Put the new key on the first line,"
                  + " the old one on the second, and try again.")
              .formatted(source.name(), inUse));
    }
    var done =
        keys.rewrap(
            keks,
            fresh,
            (tx, changed) -> {
              var rewrapped = new RewrapResult(inUse, fresh.id(), changed);
              retire(tx, rewrapped);
              alongside.accept(tx, rewrapped);
              return rewrapped;
            });
    if (source.managed()) {
      source.write(List.of(fresh));
    }
    return done;
  }

  private void retire(Tx tx, RewrapResult done) {
    tx.dsl()
        .insertInto(RETIRED_KEKS)
        .set(RETIRED_KEKS.KEK_ID, done.fromKekId())
        .set(RETIRED_KEKS.RETIRED_AT, clock.instant())
        .onConflict(RETIRED_KEKS.KEK_ID)
        .doUpdate()
        .set(RETIRED_KEKS.RETIRED_AT, clock.instant())
        .execute();
    tx.dsl().deleteFrom(RETIRED_KEKS).where(RETIRED_KEKS.KEK_ID.eq(done.toKekId())).execute();
  }

  /** The retired keys, newest first. */
  public List<RetiredKek> retired() {
    var available = new HashSet<String>();
    vault.readKeks().forEach(kek -> available.add(kek.id()));
    Map<String, Instant> retired =
        database.read(
            dsl ->
                new HashMap<>(
                    dsl.selectFrom(RETIRED_KEKS)
                        .fetchMap(RETIRED_KEKS.KEK_ID, RETIRED_KEKS.RETIRED_AT)));
    source.retired().forEach((id, since) -> retired.putIfAbsent(id, since));
    Map<String, Integer> wrapped =
        database.read(
            dsl ->
                dsl.select(DATA_KEYS.KEK_ID, DSL.count())
                    .from(DATA_KEYS)
                    .groupBy(DATA_KEYS.KEK_ID)
                    .fetchMap(row -> row.value1(), row -> row.value2()));
    retired.remove(keys.neededKekId());
    return retired.entrySet().stream()
        .map(
            key ->
                new RetiredKek(
                    key.getKey(),
                    key.getValue(),
                    available.contains(key.getKey()),
                    wrapped.getOrDefault(key.getKey(), 0)))
        .sorted(Comparator.comparing(RetiredKek::retiredAt).reversed())
        .toList();
  }

  /**
   * Deletes a retired KEK permanently: backups that need it can no longer be read.
   *
   * @param alongside further writes in the same transaction
   * @throws NotFound if there is no such retired KEK
   * @throws Conflict if the KEK still wraps a data key, or the operator still provides it
   */
  public void delete(String kekId, Consumer<Tx> alongside) {
    RetiredKek key =
        retired().stream()
            .filter(retired -> retired.kekId().equals(kekId))
            .findFirst()
            .orElseThrow(
                () -> new NotFound("There is no retired key-encryption key " + kekId + "."));
    if (!source.managed() && key.available()) {
      throw new Conflict(
          "Still provided",
          "Remove the key " + kekId + " from " + source.name() + " first, then delete it here.");
    }
    database.runTx(
        tx -> {
          if (keys.lock(tx).stream().anyMatch(row -> row.kekId().equals(kekId))) {
            throw new Conflict(
                "Still needed",
                "The key-encryption key "
                    + kekId
                    + " still wraps data keys of this database. Change the key-encryption key first.");
          }
          tx.dsl().deleteFrom(RETIRED_KEKS).where(RETIRED_KEKS.KEK_ID.eq(kekId)).execute();
          alongside.accept(tx);
        });
    synchronized (vault) { // a change writes the same file
      source.delete(kekId); // after the commit: the audit log names every deletion
    }
  }
}
