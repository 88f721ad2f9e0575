package dev.keywheel.people;

import static dev.keywheel.db.schema.Tables.MEMBERS;
import static dev.keywheel.db.schema.Tables.USERS;
import static dev.keywheel.db.schema.Tables.WORKSPACES;
import static org.jooq.impl.DSL.condition;
import static org.jooq.impl.DSL.exists;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.selectOne;
import static org.jooq.impl.DSL.val;
import static org.jooq.impl.DSL.when;

import dev.keywheel.db.Tx;
import dev.keywheel.people.OneTimeLinkRepository.Purpose;
import dev.keywheel.people.factor.ChallengeRepository;
import dev.keywheel.people.identity.EmailAddress;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.people.identity.Role;
import dev.keywheel.people.identity.UserRow;
import dev.keywheel.problem.Rejected;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record4;
import org.jooq.Records;
import org.jooq.SelectJoinStep;

/** Users, workspaces and memberships. */
public final class MemberRepository {

  /** Whether there is no user: a new installation. */
  boolean hasNoUser(DSLContext dsl) {
    return !dsl.fetchExists(USERS);
  }

  /** Locks the users table against other writers until the transaction ends. */
  void lockUsers(Tx tx) {
    tx.dsl().execute("lock table users in share row exclusive mode");
  }

  /** Waits for the holder of {@link #lockUsers}, which may need the row that is locked next. */
  private static void awaitUsers(Tx tx) {
    tx.dsl().execute("lock table users in row exclusive mode");
  }

  /**
   * The user with this typed address, in its normal form or in that of earlier versions; in one
   * query, so that the response time does not reveal who exists.
   */
  public Optional<UserRow> byEmail(DSLContext dsl, String typed) {
    return select(dsl)
        .where(USERS.EMAIL.in(EmailAddress.normal(typed), EmailAddress.earlier(typed)))
        .orderBy(USERS.EMAIL.eq(EmailAddress.normal(typed)).desc())
        .limit(1)
        .fetchOptional(Records.mapping(UserRow::new));
  }

  Optional<UserRow> byId(DSLContext dsl, UUID user) {
    return select(dsl).where(USERS.ID.eq(user)).fetchOptional(Records.mapping(UserRow::new));
  }

  /** Reads the user and locks the row until the transaction ends; see {@link #awaitUsers}. */
  public Optional<UserRow> lockUser(Tx tx, UUID user) {
    awaitUsers(tx);
    return select(tx.dsl())
        .where(USERS.ID.eq(user))
        .forUpdate()
        .fetchOptional(Records.mapping(UserRow::new));
  }

  private static SelectJoinStep<Record4<UUID, String, String, Boolean>> select(DSLContext dsl) {
    return dsl.select(
            USERS.ID, USERS.EMAIL, USERS.PASSWORD_HASH, field(USERS.DISABLED_AT.isNotNull()))
        .from(USERS);
  }

  /** Whether the user administers a workspace or the instance. */
  public boolean administers(DSLContext dsl, UUID user) {
    return dsl.fetchExists(MEMBERS, MEMBERS.USER_ID.eq(user), MEMBERS.ROLE.eq(Role.ADMIN.code()))
        || dsl.fetchExists(USERS, USERS.ID.eq(user), USERS.INSTANCE_ADMIN.isTrue());
  }

  /** The workspace that a user signs in to: last used, otherwise first joined; empty if none. */
  public Optional<Principal> home(DSLContext dsl, UUID user) {
    return dsl.select(
            USERS.ID, USERS.EMAIL, MEMBERS.WORKSPACE_ID, MEMBERS.ROLE, USERS.INSTANCE_ADMIN)
        .from(MEMBERS)
        .join(USERS)
        .on(USERS.ID.eq(MEMBERS.USER_ID))
        .join(WORKSPACES)
        .on(WORKSPACES.ID.eq(MEMBERS.WORKSPACE_ID))
        .where(MEMBERS.USER_ID.eq(user), WORKSPACES.ARCHIVED_AT.isNull())
        .orderBy(
            when(MEMBERS.WORKSPACE_ID.eq(USERS.LAST_WORKSPACE_ID), 0).otherwise(1),
            MEMBERS.JOINED_AT,
            MEMBERS.WORKSPACE_ID)
        .limit(1)
        .fetchOptional(
            row ->
                new Principal(
                    row.value1(), row.value2(), row.value3(), Role.of(row.value4()), row.value5()));
  }

  /** Whether a user has rights beyond this workspace: in another one, or in the instance. */
  boolean hasRightsElsewhere(Tx tx, UUID user, UUID workspace) {
    return tx.dsl().fetchExists(USERS, USERS.ID.eq(user), rightsElsewhere(val(user), workspace));
  }

  static Condition rightsElsewhere(Field<UUID> user, UUID workspace) {
    var other = MEMBERS.as("other");
    return condition(USERS.INSTANCE_ADMIN)
        .or(
            exists(
                selectOne()
                    .from(other)
                    .where(other.USER_ID.eq(user))
                    .and(other.WORKSPACE_ID.ne(workspace))));
  }

  /** The workspaces of a user, including archived ones. */
  List<UUID> workspacesOf(Tx tx, UUID user) {
    return tx.dsl().fetchValues(MEMBERS.WORKSPACE_ID, MEMBERS.USER_ID.eq(user));
  }

  /**
   * Checks after a change that the workspace still has an administrator.
   *
   * @throws Rejected if no administrator who can sign in is left
   */
  void requireAdmin(Tx tx, UUID workspace) {
    if (!hasAdmin(tx, workspace)) {
      throw new Rejected(
          "This is the last administrator. First make another member an administrator.");
    }
  }

  /** Like {@link #requireAdmin}, for the instance. */
  void requireInstanceAdmin(Tx tx) {
    boolean left =
        tx.dsl()
            .fetchExists(
                selectOne()
                    .from(USERS)
                    .join(MEMBERS)
                    .on(MEMBERS.USER_ID.eq(USERS.ID))
                    .join(WORKSPACES)
                    .on(WORKSPACES.ID.eq(MEMBERS.WORKSPACE_ID))
                    .where(condition(USERS.INSTANCE_ADMIN), USERS.DISABLED_AT.isNull())
                    .and(WORKSPACES.ARCHIVED_AT.isNull()));
    if (!left) {
      throw new Rejected(
          "No instance administrator could sign in after this change. First appoint another"
              + " instance administrator who is a member of a workspace that is not archived.");
    }
  }

  /** Whether a workspace has an administrator who can sign in. */
  boolean hasAdmin(Tx tx, UUID workspace) {
    return tx.dsl()
        .fetchExists(
            selectOne()
                .from(MEMBERS)
                .join(USERS)
                .on(USERS.ID.eq(MEMBERS.USER_ID))
                .where(MEMBERS.WORKSPACE_ID.eq(workspace))
                .and(MEMBERS.ROLE.eq(Role.ADMIN.code()))
                .and(USERS.DISABLED_AT.isNull()));
  }

  /** Adds a user; false if the email address is taken. */
  boolean addUser(Tx tx, UUID id, String email, String passwordHash, Instant now) {
    return tx.dsl()
            .insertInto(
                USERS,
                USERS.ID,
                USERS.EMAIL,
                USERS.PASSWORD_HASH,
                USERS.CREATED_AT,
                USERS.PASSWORD_CHANGED_AT)
            .values(id, email, passwordHash, now, now)
            .onConflictDoNothing()
            .execute()
        > 0;
  }

  /** Adds a member; false if the user is one already. */
  boolean addMember(Tx tx, UUID workspace, UUID user, Role role, Instant now) {
    return tx.dsl()
            .insertInto(
                MEMBERS, MEMBERS.WORKSPACE_ID, MEMBERS.USER_ID, MEMBERS.ROLE, MEMBERS.JOINED_AT)
            .values(workspace, user, role.code(), now)
            .onConflictDoNothing()
            .execute()
        > 0;
  }

  void removeMember(Tx tx, UUID workspace, UUID user) {
    tx.dsl()
        .deleteFrom(MEMBERS)
        .where(MEMBERS.WORKSPACE_ID.eq(workspace), MEMBERS.USER_ID.eq(user))
        .execute();
  }

  boolean setInstanceAdmin(Tx tx, UUID user, boolean value) {
    return tx.dsl()
            .update(USERS)
            .set(USERS.INSTANCE_ADMIN, value)
            .where(USERS.ID.eq(user), USERS.INSTANCE_ADMIN.ne(value))
            .execute()
        > 0;
  }

  boolean changeRole(Tx tx, UUID workspace, UUID user, Role role) {
    return tx.dsl()
            .update(MEMBERS)
            .set(MEMBERS.ROLE, role.code())
            .where(MEMBERS.WORKSPACE_ID.eq(workspace), MEMBERS.USER_ID.eq(user))
            .and(MEMBERS.ROLE.ne(role.code()))
            .execute()
        > 0;
  }

  boolean disable(Tx tx, UUID user, Instant now) {
    return tx.dsl()
            .update(USERS)
            .set(USERS.DISABLED_AT, now)
            .where(USERS.ID.eq(user), USERS.DISABLED_AT.isNull())
            .execute()
        > 0;
  }

  boolean enable(Tx tx, UUID user) {
    return tx.dsl()
            .update(USERS)
            .setNull(USERS.DISABLED_AT)
            .where(USERS.ID.eq(user), USERS.DISABLED_AT.isNotNull())
            .execute()
        > 0;
  }

  /**
   * Changes the password, ends sign-ins with the former one and unused password links, and forgets
   * the user's browsers.
   */
  void changePassword(Tx tx, UUID user, String hash, Instant now) {
    tx.dsl()
        .update(USERS)
        .set(USERS.PASSWORD_HASH, hash)
        .set(USERS.PASSWORD_CHANGED_AT, now)
        .where(USERS.ID.eq(user))
        .execute();
    new ChallengeRepository().endAll(tx, user);
    OneTimeLinkRepository.removeUnused(tx, Purpose.RESET, user);
    KnownBrowserRepository.forget(tx, user);
  }

  /** Replaces the hash of an unchanged password. */
  void rehash(Tx tx, UUID user, String hash) {
    tx.dsl().update(USERS).set(USERS.PASSWORD_HASH, hash).where(USERS.ID.eq(user)).execute();
  }

  /** Email addresses of these users, sorted; unknown ids are omitted. */
  public static List<String> emails(DSLContext dsl, Collection<UUID> users) {
    return dsl.select(USERS.EMAIL)
        .from(USERS)
        .where(USERS.ID.in(users))
        .orderBy(USERS.EMAIL)
        .fetch(USERS.EMAIL);
  }
}
