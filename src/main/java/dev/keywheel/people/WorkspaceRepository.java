package dev.keywheel.people;

import static dev.keywheel.db.schema.Tables.MEMBERS;
import static dev.keywheel.db.schema.Tables.OBJECT_WORKSPACES;
import static dev.keywheel.db.schema.Tables.USERS;
import static dev.keywheel.db.schema.Tables.WORKSPACES;
import static org.jooq.impl.DSL.and;
import static org.jooq.impl.DSL.exists;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.lower;
import static org.jooq.impl.DSL.row;
import static org.jooq.impl.DSL.selectCount;
import static org.jooq.impl.DSL.selectOne;

import dev.keywheel.db.Tx;
import dev.keywheel.db.query.PageRequest;
import dev.keywheel.people.factor.Factors;
import dev.keywheel.people.identity.Account;
import dev.keywheel.people.identity.Account.Membership;
import dev.keywheel.people.identity.Role;
import dev.keywheel.people.identity.Workspace;
import dev.keywheel.people.identity.WorkspaceIds;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Records;
import org.jooq.SortOrder;
import org.jspecify.annotations.Nullable;

/** Workspaces, and who may enter them. */
final class WorkspaceRepository {
  private static final Field<Integer> MEMBER_COUNT =
      field(selectCount().from(MEMBERS).where(MEMBERS.WORKSPACE_ID.eq(WORKSPACES.ID)));

  List<Workspace> all(DSLContext dsl) {
    return select(dsl, WORKSPACES.ID.ne(WorkspaceIds.INSTANCE));
  }

  List<Workspace> enterable(DSLContext dsl, UUID user) {
    return select(dsl, mayEnter(user));
  }

  Optional<Workspace> ofObject(DSLContext dsl, UUID object, UUID user) {
    var owner =
        dsl.select(OBJECT_WORKSPACES.WORKSPACE_ID)
            .from(OBJECT_WORKSPACES)
            .where(OBJECT_WORKSPACES.ID.eq(object));
    return select(dsl, WORKSPACES.ID.in(owner).and(mayEnter(user))).stream().findFirst();
  }

  private static Condition mayEnter(UUID user) {
    return and(
        WORKSPACES.ARCHIVED_AT.isNull(),
        exists(
            selectOne()
                .from(MEMBERS)
                .where(MEMBERS.WORKSPACE_ID.eq(WORKSPACES.ID))
                .and(MEMBERS.USER_ID.eq(user))));
  }

  private static List<Workspace> select(DSLContext dsl, Condition which) {
    return dsl.select(
            WORKSPACES.ID,
            WORKSPACES.NAME,
            MEMBER_COUNT,
            WORKSPACES.CREATED_AT,
            WORKSPACES.ARCHIVED_AT)
        .from(WORKSPACES)
        .where(which)
        .orderBy(WORKSPACES.ARCHIVED_AT.isNotNull(), lower(WORKSPACES.NAME), WORKSPACES.ID)
        .fetch(Records.mapping(Workspace::new));
  }

  /** Users whose addresses contain the text, by address, with their memberships. */
  List<Account> accounts(DSLContext dsl, PageRequest page) {
    var cursor = dsl.select(USERS.EMAIL, USERS.ID).from(USERS).where(USERS.ID.eq(page.cursor()));
    var users =
        dsl.selectFrom(USERS)
            .where(
                page.named(USERS.EMAIL),
                page.beyondCursor(row(USERS.EMAIL, USERS.ID), cursor, SortOrder.ASC))
            .orderBy(USERS.EMAIL.sort(page.direction(SortOrder.ASC)))
            .limit(page.limit())
            .fetch();
    var memberships =
        dsl.select(MEMBERS.USER_ID, WORKSPACES.NAME, MEMBERS.ROLE, WORKSPACES.ARCHIVED_AT)
            .from(MEMBERS)
            .join(WORKSPACES)
            .on(WORKSPACES.ID.eq(MEMBERS.WORKSPACE_ID))
            .where(MEMBERS.USER_ID.in(users.getValues(USERS.ID)))
            .orderBy(lower(WORKSPACES.NAME))
            .fetchGroups(
                MEMBERS.USER_ID,
                row -> new Membership(row.value2(), Role.of(row.value3()), row.value4() != null));
    var withFactor = Factors.holders(dsl);
    return page.inOrder(
        users.map(
            user ->
                new Account(
                    user.getId(),
                    user.getEmail(),
                    user.getInstanceAdmin(),
                    user.getDisabledAt() != null,
                    withFactor.contains(user.getId()),
                    memberships.getOrDefault(user.getId(), List.of()))));
  }

  /** Whether another workspace has this name, ignoring case. */
  boolean taken(Tx tx, String name, UUID except) {
    return tx.dsl()
        .fetchExists(WORKSPACES, lower(WORKSPACES.NAME).eq(lower(name)), WORKSPACES.ID.ne(except));
  }

  void add(Tx tx, UUID id, String name, Instant now) {
    tx.dsl()
        .insertInto(WORKSPACES, WORKSPACES.ID, WORKSPACES.NAME, WORKSPACES.CREATED_AT)
        .values(id, name, now)
        .onConflictDoNothing()
        .execute();
  }

  void rename(Tx tx, UUID id, String name) {
    tx.dsl().update(WORKSPACES).set(WORKSPACES.NAME, name).where(WORKSPACES.ID.eq(id)).execute();
  }

  /** Archives a workspace, or restores it if {@code at} is null; false if that changes nothing. */
  boolean setArchived(Tx tx, UUID id, @Nullable Instant at) {
    return tx.dsl()
            .update(WORKSPACES)
            .set(WORKSPACES.ARCHIVED_AT, at)
            .where(WORKSPACES.ID.eq(id))
            .and(at == null ? WORKSPACES.ARCHIVED_AT.isNotNull() : WORKSPACES.ARCHIVED_AT.isNull())
            .execute()
        > 0;
  }
}
