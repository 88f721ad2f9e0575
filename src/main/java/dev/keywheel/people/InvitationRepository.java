package dev.keywheel.people;

import static dev.keywheel.db.schema.Tables.INVITATIONS;
import static dev.keywheel.db.schema.Tables.WORKSPACES;

import dev.keywheel.db.Tx;
import dev.keywheel.people.identity.Invitation;
import dev.keywheel.people.identity.Role;
import dev.keywheel.people.identity.SecretTokens;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Records;

/** Invitations not yet accepted, one per workspace and address. Tokens are stored as hashes. */
final class InvitationRepository {

  /** Adds an invitation, or replaces the one for this address. */
  void put(
      Tx tx, UUID workspace, String email, Role role, String token, Instant now, Instant until) {
    tx.dsl()
        .insertInto(INVITATIONS)
        .set(INVITATIONS.WORKSPACE_ID, workspace)
        .set(INVITATIONS.EMAIL, email)
        .set(INVITATIONS.ROLE, role.code())
        .set(INVITATIONS.TOKEN_HASH, SecretTokens.hash(token))
        .set(INVITATIONS.CREATED_AT, now)
        .set(INVITATIONS.EXPIRES_AT, until)
        .onConflict(INVITATIONS.WORKSPACE_ID, INVITATIONS.EMAIL)
        .doUpdate()
        .setAllToExcluded()
        .execute();
  }

  /** All invitations of a workspace, including expired ones. */
  List<Invitation> of(DSLContext dsl, UUID workspace) {
    return select(dsl, INVITATIONS.WORKSPACE_ID.eq(workspace));
  }

  Optional<Invitation> byToken(DSLContext dsl, String token, Instant now) {
    return select(dsl, INVITATIONS.TOKEN_HASH.eq(SecretTokens.hash(token)).and(open(now))).stream()
        .findFirst();
  }

  private static Condition open(Instant now) {
    return INVITATIONS.EXPIRES_AT.gt(now).and(WORKSPACES.ARCHIVED_AT.isNull());
  }

  private static List<Invitation> select(DSLContext dsl, Condition which) {
    return dsl.select(
            INVITATIONS.WORKSPACE_ID,
            WORKSPACES.NAME,
            INVITATIONS.EMAIL,
            INVITATIONS.ROLE.convertFrom(Role::of),
            INVITATIONS.EXPIRES_AT)
        .from(INVITATIONS)
        .join(WORKSPACES)
        .on(WORKSPACES.ID.eq(INVITATIONS.WORKSPACE_ID))
        .where(which)
        .orderBy(INVITATIONS.CREATED_AT, INVITATIONS.EMAIL)
        .fetch(Records.mapping(Invitation::new));
  }

  /** Removes an invitation; false if there is none. */
  boolean remove(Tx tx, UUID workspace, String email) {
    return tx.dsl()
            .deleteFrom(INVITATIONS)
            .where(INVITATIONS.WORKSPACE_ID.eq(workspace))
            .and(INVITATIONS.EMAIL.eq(email))
            .execute()
        > 0;
  }

  /** Removes the invitation with this token; false if it was withdrawn or replaced concurrently. */
  boolean removeByToken(Tx tx, String token) {
    return tx.dsl()
            .deleteFrom(INVITATIONS)
            .where(INVITATIONS.TOKEN_HASH.eq(SecretTokens.hash(token)))
            .execute()
        > 0;
  }
}
