package dev.keywheel.key;

import static dev.keywheel.db.schema.Tables.API_KEYS;

import dev.keywheel.db.Json;
import dev.keywheel.db.Tx;
import dev.keywheel.db.schema.tables.records.ApiKeysRecord;
import dev.keywheel.db.schema.tables.records.KeyChangesRecord;
import dev.keywheel.provider.Evidence;
import dev.keywheel.provider.ModelClass;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jooq.JSONB;
import org.jspecify.annotations.Nullable;

/**
 * Writes states: the row of each key, and for every change a person would ask about, its history.
 */
final class KeyStates {
  private KeyStates() {}

  /** One key on its way from one state to the next. */
  record Move(Held before, KeyState next) {
    KeyState.Shown shown() {
      return next.shown(before.text());
    }

    boolean changes() {
      return !next.equals(before.state());
    }

    /** Whether there is something to tell, beyond a check that moved to another time. */
    boolean tells() {
      return before.key().status() != shown().status()
          || !reasons(before.state()).equals(reasons(next));
    }

    /** The word that explains the move: what came, or else what went. */
    String reason() {
      Set<String> came = reasons(next);
      came.removeAll(reasons(before.state()));
      if (!came.isEmpty()) {
        return came.iterator().next();
      }
      String shown = shown().reason();
      if (shown != null) {
        return shown;
      }
      Set<String> went = reasons(before.state());
      went.removeAll(reasons(next));
      return went.isEmpty() ? "works" : went.iterator().next();
    }

    private static Set<String> reasons(KeyState state) {
      var words = new HashSet<String>();
      state.limits().forEach(limit -> words.add(limit.reason()));
      if (state.failure() != null) {
        words.add(state.failure().reason());
      }
      return words;
    }
  }

  /** Writes all moves in two batches and returns what they changed. */
  static List<StatusChange> write(
      Tx tx, List<Move> moves, Map<UUID, Evidence> seen, Instant now, Seen by) {
    List<Move> changing = moves.stream().filter(Move::changes).toList();
    if (changing.isEmpty()) {
      return List.of();
    }
    tx.dsl().batchUpdate(changing.stream().map(move -> row(move, now)).toList()).execute();
    tx.dsl()
        .batchInsert(
            changing.stream()
                .filter(Move::tells)
                .map(move -> history(move, seen.get(move.before().key().id()), now, by))
                .toList())
        .execute();
    return changes(tx, changing);
  }

  /** Writes the derived columns anew; the states themselves stay. */
  static void rewrite(Tx tx, List<Move> moves, Instant now) {
    tx.dsl().batchUpdate(moves.stream().map(move -> row(move, now)).toList()).execute();
  }

  private static List<StatusChange> changes(Tx tx, List<Move> moves) {
    Map<UUID, ApiKey> after = new HashMap<>();
    List<UUID> ids = moves.stream().map(move -> move.before().key().id()).toList();
    KeyRows.byIds(tx.dsl(), ids).forEach(key -> after.put(key.id(), key));
    var changes = new ArrayList<StatusChange>();
    for (Move move : moves) {
      ApiKey key = after.get(move.before().key().id());
      if (key != null) {
        changes.add(
            new StatusChange(
                key, move.before().key().status(), key.status(), move.reason(), key.until()));
      }
    }
    return changes;
  }

  private static ApiKeysRecord row(Move move, Instant now) {
    KeyState next = move.next();
    KeyState.Shown shown = move.shown();
    ApiKey key = move.before().key();
    var row = new ApiKeysRecord();
    row.setId(key.id());
    row.changed(API_KEYS.ID, false);
    row.setEnabled(next.enabled());
    row.setFailure(json(next.failure()));
    row.setLimits(Json.jsonb(next.limits()));
    row.setLadder(Json.jsonb(next.ladder()));
    row.setStatus(shown.status().word());
    row.setReason(shown.reason());
    row.setEvidence(json(shown.evidence()));
    row.setUntil(shown.until());
    row.setCheckDue(next.checkDue(move.before().text()).orElse(null));
    row.setUsableFree(next.usableFor(ModelClass.FREE));
    row.setUsablePaid(next.usableFor(ModelClass.PAID));
    row.setStatusSince(shown.status() == key.status() ? key.statusSince() : now);
    return row;
  }

  private static KeyChangesRecord history(
      Move move, @Nullable Evidence seen, Instant now, Seen by) {
    ApiKey key = move.before().key();
    boolean switched = move.next().enabled() != move.before().state().enabled();
    var row = new KeyChangesRecord();
    row.setKeyId(key.id());
    row.setAt(now);
    row.setKind(!switched ? "status" : move.next().enabled() ? "enabled" : "disabled");
    row.setFromStatus(key.status().word());
    row.setToStatus(move.shown().status().word());
    row.setReason(switched ? null : move.reason());
    row.setEvidence(json(seen));
    row.setActor(by.actor());
    row.setRunId(by.runId());
    row.setRecoveryId(by.recoveryId());
    return row;
  }

  private static @Nullable JSONB json(@Nullable Object value) {
    return value == null ? null : Json.jsonb(value);
  }
}
