package dev.keywheel.key.edit;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.KEY_CHANGES;
import static org.jooq.impl.DSL.any;
import static org.jooq.impl.DSL.arrayAppend;
import static org.jooq.impl.DSL.arrayRemove;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.noCondition;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.val;

import dev.keywheel.db.StoredEnum;
import dev.keywheel.db.Tx;
import dev.keywheel.key.imports.LabelValidator;
import dev.keywheel.key.pool.KeyRepository;
import dev.keywheel.key.pool.KeyStateUpdater;
import dev.keywheel.key.pool.KeyStateWriter;
import dev.keywheel.key.pool.KeyStateWriter.Move;
import dev.keywheel.key.state.Actor;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.problem.Rejected;
import dev.keywheel.provider.limit.KeyReason;
import dev.keywheel.secret.shape.SecretShape;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * A change of any number of keys.
 *
 * @param value the id of the deletion, the account, the id of the account change to undo, or the
 *     tag; empty for the other kinds
 */
public record KeyChange(Kind kind, String value) {
  public enum Kind implements StoredEnum {
    ENABLE(AuditAction.ENABLED_KEYS),
    DISABLE(AuditAction.DISABLED_KEYS),
    DELETE(AuditAction.DELETED_KEYS),
    RESTORE(AuditAction.RESTORED_KEYS),
    ACCOUNT(AuditAction.SET_ACCOUNT_OF_KEYS),
    ACCOUNT_BACK(AuditAction.SET_ACCOUNT_OF_KEYS),
    TAG(AuditAction.TAGGED_KEYS),
    UNTAG(AuditAction.UNTAGGED_KEYS);

    private final AuditAction action;

    Kind(AuditAction action) {
      this.action = action;
    }

    AuditAction action() {
      return action;
    }

    static Kind of(String code) {
      return StoredEnum.of(Kind.class, code);
    }
  }

  /** Throws {@link Rejected} for the reasons that {@link KeyCommands#setAccount} names. */
  static KeyChange account(String account) {
    String named = LabelValidator.validate("account", "account", account).strip();
    if (named.length() > 200) {
      throw new Rejected("account", "An account must have at most 200 characters.");
    }
    SecretShape.POSSIBLE.refuse("account", named);
    return new KeyChange(Kind.ACCOUNT, named);
  }

  /** Throws {@link Rejected} for the reasons that {@link KeyCommands#tag} names. */
  static KeyChange tag(String tag, boolean add) {
    SecretShape.POSSIBLE.refuse("tag", tag);
    String word = LabelValidator.validate("tag", "tag", tag).strip().toLowerCase(Locale.ROOT);
    if (word.isEmpty() || word.length() > KeyCommands.MAX_TAG_LENGTH || word.contains(",")) {
      throw new Rejected(
          "tag",
          "A tag must have 1 to " + KeyCommands.MAX_TAG_LENGTH + " characters and no comma.");
    }
    return new KeyChange(add ? Kind.TAG : Kind.UNTAG, word);
  }

  static KeyChange of(Kind kind) {
    return new KeyChange(kind, "");
  }

  /** Matches the keys that the change would alter. */
  Condition differs() {
    return switch (kind) {
      case ENABLE -> API_KEYS.ENABLED.isFalse();
      case DISABLE -> API_KEYS.ENABLED.isTrue();
      case TAG -> tagged().not();
      case UNTAG -> tagged();
      case DELETE, RESTORE, ACCOUNT, ACCOUNT_BACK -> noCondition();
    };
  }

  /**
   * The change that undoes this change.
   *
   * @param id the id of this change
   */
  KeyChange inverse(UUID id) {
    return switch (kind) {
      case ENABLE -> of(Kind.DISABLE);
      case DISABLE -> of(Kind.ENABLE);
      case TAG -> new KeyChange(Kind.UNTAG, value);
      case UNTAG -> new KeyChange(Kind.TAG, value);
      case DELETE -> of(Kind.RESTORE);
      case ACCOUNT -> new KeyChange(Kind.ACCOUNT_BACK, id.toString());
      case RESTORE, ACCOUNT_BACK -> throw new IllegalStateException(kind + " has no inverse");
    };
  }

  /** Whether this change overwrites the whole effect of the earlier one on a key. */
  boolean replaces(KeyChange earlier) {
    return switch (kind) {
      case ENABLE, DISABLE -> earlier.kind == Kind.ENABLE || earlier.kind == Kind.DISABLE;
      case ACCOUNT, ACCOUNT_BACK ->
          earlier.kind == Kind.ACCOUNT || earlier.kind == Kind.ACCOUNT_BACK;
      case TAG, UNTAG ->
          (earlier.kind == Kind.TAG || earlier.kind == Kind.UNTAG) && earlier.value.equals(value);
      case DELETE, RESTORE -> false;
    };
  }

  private Condition tagged() {
    return val(value).eq(any(API_KEYS.TAGS));
  }

  /**
   * Changes the matching keys and writes their history. The caller holds the locks of the pools.
   *
   * @param id the id of the change, for its undo
   * @param which matches only keys that {@link #differs} also matches
   * @return the number of changed keys
   */
  int apply(Tx tx, Principal who, UUID id, Condition which, Instant now) {
    lock(tx, which);
    return switch (kind) {
      case ENABLE -> enable(tx, Actor.change(who.email(), id), which, true, now);
      case DISABLE -> enable(tx, Actor.change(who.email(), id), which, false, now);
      case DELETE -> delete(tx, who, which, now);
      case RESTORE -> restore(tx, who, which, now);
      case ACCOUNT -> writeAccount(tx, who, id, which, now);
      case ACCOUNT_BACK -> restoreAccount(tx, who, which, now);
      case TAG -> writeTags(tx, who, id, which, arrayAppend(API_KEYS.TAGS, value), now);
      case UNTAG -> writeTags(tx, who, id, which, arrayRemove(API_KEYS.TAGS, value), now);
    };
  }

  /**
   * Locks the keys in the order of their ids, as the counting of calls does, because an update
   * alone locks them in any order. The changes of the enabled state lock the keys themselves.
   */
  private void lock(Tx tx, Condition which) {
    if (kind != Kind.ENABLE && kind != Kind.DISABLE) {
      tx.dsl()
          .select(API_KEYS.ID)
          .from(API_KEYS)
          .where(which)
          .orderBy(API_KEYS.ID)
          .forNoKeyUpdate()
          .fetch();
    }
  }

  private static int enable(Tx tx, Actor by, Condition which, boolean on, Instant now) {
    List<Move> moves =
        KeyRepository.lock(tx.dsl(), which).stream()
            .map(key -> new Move(key, key.state().enabled(on)))
            .toList();
    KeyStateWriter.write(tx, moves, Map.of(), now, by, KeyReason.SWITCHED);
    return moves.size();
  }

  private int delete(Tx tx, Principal who, Condition which, Instant now) {
    KeyAuditTrail.recordHistory(tx, who, which, "deleted", now);
    return tx.dsl()
        .update(API_KEYS)
        .set(API_KEYS.DELETED_AT, now)
        .set(API_KEYS.DELETED_BY, who.userId())
        .set(API_KEYS.DELETED_IN, UUID.fromString(value))
        .where(which)
        .execute();
  }

  private static int restore(Tx tx, Principal who, Condition which, Instant now) {
    KeyAuditTrail.recordHistory(tx, who, which, "restored", now);
    RestoredKeyNames.renameTaken(tx, who, which, now);
    List<UUID> restored =
        tx.dsl()
            .update(API_KEYS)
            .setNull(API_KEYS.DELETED_AT)
            .setNull(API_KEYS.DELETED_BY)
            .setNull(API_KEYS.DELETED_IN)
            .where(which)
            .returningResult(API_KEYS.ID)
            .fetch(API_KEYS.ID);
    KeyStateUpdater.reclassifyRestored(tx, restored, now);
    return restored.size();
  }

  private int writeAccount(Tx tx, Principal who, UUID id, Condition which, Instant now) {
    @Nullable String account = value.isEmpty() ? null : value;
    KeyAuditTrail.recordHistory(
        tx, who, which, "account", API_KEYS.ACCOUNT, val(account, API_KEYS.ACCOUNT), now, id);
    return tx.dsl()
        .update(API_KEYS)
        .set(API_KEYS.ACCOUNT, account)
        .set(API_KEYS.ACCOUNT_SOURCE, account == null ? null : "typed")
        .where(which)
        .execute();
  }

  private int restoreAccount(Tx tx, Principal who, Condition which, Instant now) {
    Field<@Nullable String> account = oldColumn(KEY_CHANGES.OLD_VALUE);
    KeyAuditTrail.recordHistory(tx, who, which, "account", API_KEYS.ACCOUNT, account, now, null);
    return tx.dsl()
        .update(API_KEYS)
        .set(API_KEYS.ACCOUNT, account)
        .set(API_KEYS.ACCOUNT_SOURCE, oldColumn(KEY_CHANGES.OLD_ACCOUNT_SOURCE))
        .where(which)
        .execute();
  }

  /** A column of the history row that the undone change wrote for the key. */
  private Field<@Nullable String> oldColumn(Field<@Nullable String> column) {
    return field(
        select(column)
            .from(KEY_CHANGES)
            .where(
                KEY_CHANGES.KEY_ID.eq(API_KEYS.ID),
                KEY_CHANGES.CHANGE_ID.eq(UUID.fromString(value))));
  }

  private int writeTags(
      Tx tx, Principal who, UUID id, Condition which, Field<String[]> tags, Instant now) {
    boolean add = kind == Kind.TAG;
    KeyAuditTrail.recordHistory(
        tx,
        who,
        which,
        "tags",
        add ? KeyAuditTrail.NOTHING : DSL.val(value),
        add ? DSL.val(value) : KeyAuditTrail.NOTHING,
        now,
        id);
    return tx.dsl().update(API_KEYS).set(API_KEYS.TAGS, tags).where(which).execute();
  }
}
