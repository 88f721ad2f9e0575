package dev.keywheel.gateway.model;

import static dev.keywheel.db.schema.Tables.GATEWAY_ALIASES;

import dev.keywheel.db.Json;
import dev.keywheel.db.Tx;
import dev.keywheel.db.schema.tables.records.GatewayAliasesRecord;
import dev.keywheel.gateway.model.Alias.AliasTarget;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.DSLContext;

final class AliasRepository {
  private AliasRepository() {}

  static List<Alias> all(DSLContext dsl, UUID workspace) {
    return dsl.selectFrom(GATEWAY_ALIASES)
        .where(GATEWAY_ALIASES.WORKSPACE_ID.eq(workspace))
        .orderBy(GATEWAY_ALIASES.NAME)
        .fetch(AliasRepository::alias);
  }

  static Optional<Alias> lock(Tx tx, UUID workspace, UUID id) {
    return tx.dsl()
        .selectFrom(GATEWAY_ALIASES)
        .where(GATEWAY_ALIASES.WORKSPACE_ID.eq(workspace), GATEWAY_ALIASES.ID.eq(id))
        .forUpdate()
        .fetchOptional(AliasRepository::alias);
  }

  /** Inserts an alias. Returns false if the workspace already has an alias with this name. */
  static boolean insert(Tx tx, UUID workspace, Alias alias, Instant now) {
    return tx.dsl()
            .insertInto(GATEWAY_ALIASES)
            .set(GATEWAY_ALIASES.ID, alias.id())
            .set(GATEWAY_ALIASES.WORKSPACE_ID, workspace)
            .set(GATEWAY_ALIASES.NAME, alias.name())
            .set(GATEWAY_ALIASES.ENABLED, alias.enabled())
            .set(GATEWAY_ALIASES.TARGETS, Json.jsonb(alias.targets()))
            .set(GATEWAY_ALIASES.CREATED_AT, now)
            .set(GATEWAY_ALIASES.CHANGED_AT, now)
            .onConflictDoNothing()
            .execute()
        > 0;
  }

  static void update(Tx tx, Alias alias, Instant now) {
    tx.dsl()
        .update(GATEWAY_ALIASES)
        .set(GATEWAY_ALIASES.TARGETS, Json.jsonb(alias.targets()))
        .set(GATEWAY_ALIASES.CHANGED_AT, now)
        .where(GATEWAY_ALIASES.ID.eq(alias.id()))
        .execute();
  }

  static void enable(Tx tx, UUID id, boolean enabled, Instant now) {
    tx.dsl()
        .update(GATEWAY_ALIASES)
        .set(GATEWAY_ALIASES.ENABLED, enabled)
        .set(GATEWAY_ALIASES.CHANGED_AT, now)
        .where(GATEWAY_ALIASES.ID.eq(id))
        .execute();
  }

  static void delete(Tx tx, UUID id) {
    tx.dsl().deleteFrom(GATEWAY_ALIASES).where(GATEWAY_ALIASES.ID.eq(id)).execute();
  }

  private static Alias alias(GatewayAliasesRecord row) {
    return new Alias(
        row.getId(),
        row.getName(),
        row.getEnabled(),
        List.of(Json.read(row.getTargets(), AliasTarget[].class)));
  }
}
