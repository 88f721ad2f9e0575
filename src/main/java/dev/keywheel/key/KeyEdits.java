package dev.keywheel.key;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.key.SelectedRows.done;
import static org.jooq.impl.DSL.any;
import static org.jooq.impl.DSL.arrayAppend;
import static org.jooq.impl.DSL.arrayRemove;
import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.db.Tx;
import dev.keywheel.key.KeyStates.Move;
import dev.keywheel.people.Audit;
import dev.keywheel.people.Person;
import dev.keywheel.problem.NotFound;
import dev.keywheel.problem.Refused;
import dev.keywheel.secret.SecretShape;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * What people do to keys, one or many at once, each in one transaction with its line in the record
 * of deeds. A key that is gone meanwhile is counted as such and nothing else is hit in its place.
 */
public final class KeyEdits {
  /** How long a deleted key can be restored; then its row is wiped. */
  public static final Duration TRASH = Duration.ofDays(7);

  private static final int LONGEST_TAG = 40;

  private final Database database;
  private final KeyDeeds deeds;
  private final Ids ids;
  private final InstantSource clock;

  public KeyEdits(Database database, Audit audit, Ids ids, InstantSource clock) {
    this.database = database;
    this.deeds = new KeyDeeds(audit);
    this.ids = ids;
    this.clock = clock;
  }

  /**
   * What a change did.
   *
   * @param changed keys that are different now
   * @param same keys that were so already
   * @param gone keys that somebody has deleted
   * @param by who deleted those; the wiped ones are nobody's
   */
  public record Done(int changed, int same, int gone, List<String> by) {
    Done(int changed) {
      this(changed, 0, 0, List.of());
    }
  }

  /** A deletion, which one press takes back. */
  public record Deletion(UUID id, Done done) {}

  public Done enable(Person who, Selection selection) {
    return switchTo(who, selection, true);
  }

  public Done disable(Person who, Selection selection) {
    return switchTo(who, selection, false);
  }

  /** Moves keys to the trash, from where {@link #restore} brings them back for {@link #TRASH}. */
  public Deletion delete(Person who, Selection selection) {
    UUID deletion = ids.next();
    Done done =
        database.inTx(
            tx -> {
              Condition which = SelectedRows.of(tx, who, selection);
              Instant now = clock.instant();
              Map<String, Object> about = KeyDeeds.about(tx, which);
              KeyDeeds.history(tx, who, which, "deleted", now);
              int changed =
                  tx.dsl()
                      .update(API_KEYS)
                      .set(API_KEYS.DELETED_AT, now)
                      .set(API_KEYS.DELETED_BY, who.userId())
                      .set(API_KEYS.DELETED_IN, deletion)
                      .where(which)
                      .execute();
              return deeds.record(
                  tx,
                  who,
                  "deleted keys",
                  deletion,
                  done(tx, who, selection, changed, 0, deletion),
                  about);
            });
    return new Deletion(deletion, done);
  }

  /** Takes a deletion back. Keys that were restored or wiped meanwhile are left out. */
  public int restore(Person who, UUID deletion) {
    return restore(who, API_KEYS.DELETED_IN.eq(deletion), deletion);
  }

  /** Restores single keys from the trash. */
  public int restore(Person who, List<UUID> keys) {
    return restore(who, API_KEYS.ID.in(keys), null);
  }

  /** Restores all of the trash that is meant. */
  public int restore(Person who, KeyTrash.Matching which) {
    return restore(who, KeyTrash.where(who.workspaceId(), which), null);
  }

  /** Names the account of the keys; an empty one is learnt again from the next test. */
  public Done account(Person who, Selection selection, String account) {
    String named = Label.typed("account", "account", account).strip();
    if (named.length() > 200) {
      throw new Refused("account", "An account has up to 200 characters.");
    }
    SecretShape.refuse("account", named);
    @Nullable String value = named.isEmpty() ? null : named;
    return database.inTx(
        tx -> {
          Condition which = SelectedRows.of(tx, who, selection);
          Map<String, Object> about = KeyDeeds.about(tx, which, API_KEYS.ACCOUNT, named);
          KeyDeeds.history(
              tx,
              who,
              which,
              "account",
              API_KEYS.ACCOUNT,
              val(value, API_KEYS.ACCOUNT),
              clock.instant());
          int changed =
              tx.dsl()
                  .update(API_KEYS)
                  .set(API_KEYS.ACCOUNT, value)
                  .set(API_KEYS.ACCOUNT_SOURCE, value == null ? null : "typed")
                  .where(which)
                  .execute();
          return deeds.record(
              tx,
              who,
              "set the account of keys",
              named,
              done(tx, who, selection, changed, 0, null),
              about);
        });
  }

  /** Adds a tag to keys, or takes it away. Tags are lower case and have up to 40 characters. */
  public Done tag(Person who, Selection selection, String tag, boolean add) {
    SecretShape.refuse("tag", tag);
    String word = Label.typed("tag", "tag", tag).strip().toLowerCase(Locale.ROOT);
    if (word.isEmpty() || word.length() > LONGEST_TAG || word.contains(",")) {
      throw new Refused("tag", "A tag has 1 to " + LONGEST_TAG + " characters and no comma.");
    }
    return database.inTx(
        tx -> {
          Condition which = SelectedRows.of(tx, who, selection);
          Condition has = val(word).eq(DSL.any(API_KEYS.TAGS));
          int all = tx.dsl().fetchCount(API_KEYS, which);
          Map<String, Object> about = KeyDeeds.about(tx, which.and(add ? has.not() : has));
          KeyDeeds.history(
              tx,
              who,
              which.and(add ? has.not() : has),
              "tags",
              add ? KeyDeeds.NOTHING : val(word),
              add ? val(word) : KeyDeeds.NOTHING,
              clock.instant());
          int changed =
              tx.dsl()
                  .update(API_KEYS)
                  .set(
                      API_KEYS.TAGS,
                      add ? arrayAppend(API_KEYS.TAGS, word) : arrayRemove(API_KEYS.TAGS, word))
                  .where(which)
                  .and(add ? has.not() : has)
                  .execute();
          return deeds.record(
              tx,
              who,
              add ? "tagged keys" : "untagged keys",
              word,
              done(tx, who, selection, changed, all - changed, null),
              about);
        });
  }

  /**
   * Gives a key another name; throws {@link Refused} when another key of the workspace has it, in
   * any case.
   */
  public void rename(Person who, UUID key, String name) {
    String wanted = Label.typed("name", "name", name).strip();
    if (wanted.isEmpty() || wanted.length() > 100) {
      throw new Refused("name", "A name has 1 to 100 characters.");
    }
    SecretShape.refuse("name", wanted);
    database.runTx(
        tx -> {
          Condition which = SelectedRows.of(tx, who, Selection.of(List.of(key)));
          boolean taken =
              tx.dsl()
                  .fetchExists(
                      API_KEYS,
                      API_KEYS
                          .WORKSPACE_ID
                          .eq(who.workspaceId())
                          .and(API_KEYS.DELETED_AT.isNull())
                          .and(API_KEYS.SORTS_AS.eq(DSL.lower(wanted)))
                          .and(API_KEYS.ID.ne(key)));
          if (taken) {
            throw new Refused("name", "Another key is called " + wanted + ".");
          }
          Map<String, Object> about = KeyDeeds.about(tx, which, API_KEYS.NAME, wanted);
          KeyDeeds.history(tx, who, which, "renamed", API_KEYS.NAME, val(wanted), clock.instant());
          if (tx.dsl().update(API_KEYS).set(API_KEYS.NAME, wanted).where(which).execute() == 0) {
            throw new NotFound("The key was deleted meanwhile. Nothing was renamed.");
          }
          deeds.record(tx, who, "renamed a key", key, new Done(1), about);
        });
  }

  /** Notes that a secret was shown; to be called before it is. */
  public void revealed(Person who, UUID key) {
    database.runTx(
        tx -> {
          Condition which = SelectedRows.of(tx, who, Selection.of(List.of(key)));
          KeyDeeds.history(tx, who, which, "revealed", clock.instant());
          deeds.record(tx, who, "revealed a key", key, new Done(1), KeyDeeds.about(tx, which));
        });
  }

  /** Notes that somebody has a deep test made, which costs; to be called before it is sent. */
  public void deepTest(Tx tx, Person who, UUID key, String model) {
    Condition which = SelectedRows.of(tx, who, Selection.of(List.of(key)));
    KeyDeeds.history(tx, who, which, "deep_test", KeyDeeds.NOTHING, val(model), clock.instant());
    deeds.record(
        tx,
        who,
        "asked for a deep test",
        key + " with " + model,
        new Done(1),
        KeyDeeds.about(tx, which));
  }

  /** Wipes what has lain in the trash for {@link #TRASH}. Returns how many keys. */
  public int emptyTrash() {
    return database.inTx(tx -> KeyTrash.wipe(tx, clock.instant().minus(TRASH)));
  }

  private Done switchTo(Person who, Selection selection, boolean on) {
    return database.inTx(
        tx -> {
          Condition which = SelectedRows.of(tx, who, selection);
          List<Held> held = KeyRows.lock(tx.dsl(), which);
          List<Move> moves =
              held.stream()
                  .filter(key -> key.state().enabled() != on)
                  .map(key -> new Move(key, key.state().enabled(on)))
                  .toList();
          KeyStates.write(
              tx, moves, Map.of(), clock.instant(), Seen.person(who.email()), KeyReason.SWITCHED);
          Done done = done(tx, who, selection, moves.size(), held.size() - moves.size(), null);
          UUID[] moved = moves.stream().map(m -> m.before().key().id()).toArray(UUID[]::new);
          return deeds.record(
              tx,
              who,
              on ? "enabled keys" : "disabled keys",
              "",
              done,
              KeyDeeds.about(tx, API_KEYS.ID.eq(any(moved))));
        });
  }

  private int restore(Person who, Condition which, @Nullable UUID deletion) {
    return database.inTx(
        tx -> {
          PoolRows.lockAll(tx, who.workspaceId());
          Condition mine =
              API_KEYS
                  .WORKSPACE_ID
                  .eq(who.workspaceId())
                  .and(API_KEYS.DELETED_AT.isNotNull())
                  .and(which);
          Map<String, Object> about = KeyDeeds.about(tx, mine);
          KeyDeeds.history(tx, who, mine, "restored", clock.instant());
          RestoredNames.free(tx, who, mine, clock.instant());
          int changed =
              tx.dsl()
                  .update(API_KEYS)
                  .setNull(API_KEYS.DELETED_AT)
                  .setNull(API_KEYS.DELETED_BY)
                  .setNull(API_KEYS.DELETED_IN)
                  .where(mine)
                  .execute();
          deeds.record(
              tx, who, "restored keys", deletion == null ? "" : deletion, new Done(changed), about);
          return changed;
        });
  }
}
