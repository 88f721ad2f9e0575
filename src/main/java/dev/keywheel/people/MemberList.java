package dev.keywheel.people;

import static dev.keywheel.db.schema.Tables.MEMBERS;
import static dev.keywheel.db.schema.Tables.USERS;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.noCondition;
import static org.jooq.impl.DSL.row;

import dev.keywheel.db.query.PageRequest;
import dev.keywheel.people.factor.Factors;
import dev.keywheel.people.identity.Member;
import dev.keywheel.people.identity.Role;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.SortOrder;

/** The members of a workspace, as shown in the settings. */
final class MemberList {
  private MemberList() {}

  static List<Member> all(DSLContext dsl, UUID workspace) {
    return select(dsl, workspace, noCondition(), SortOrder.ASC, Integer.MAX_VALUE);
  }

  static Optional<Member> find(DSLContext dsl, UUID workspace, UUID user) {
    return select(dsl, workspace, USERS.ID.eq(user), SortOrder.ASC, 1).stream().findFirst();
  }

  /** Members whose addresses contain the text, first those who joined first. */
  static List<Member> page(DSLContext dsl, UUID workspace, PageRequest page) {
    var cursor =
        dsl.select(MEMBERS.JOINED_AT, USERS.EMAIL)
            .from(MEMBERS)
            .join(USERS)
            .on(USERS.ID.eq(MEMBERS.USER_ID))
            .where(MEMBERS.WORKSPACE_ID.eq(workspace), USERS.ID.eq(page.cursor()));
    var from = page.beyondCursor(row(MEMBERS.JOINED_AT, USERS.EMAIL), cursor, SortOrder.ASC);
    return page.inOrder(
        select(
            dsl,
            workspace,
            page.named(USERS.EMAIL).and(from),
            page.direction(SortOrder.ASC),
            page.limit()));
  }

  private static List<Member> select(
      DSLContext dsl, UUID workspace, Condition which, SortOrder order, int limit) {
    var withFactor = Factors.holders(dsl);
    return dsl.select(
            USERS.ID,
            USERS.EMAIL,
            MEMBERS.ROLE,
            MEMBERS.JOINED_AT,
            USERS.DISABLED_AT.isNotNull(),
            USERS.PASSWORD_HASH.eq(Passwords.NONE),
            field(MemberRepository.rightsElsewhere(USERS.ID, workspace)))
        .from(MEMBERS)
        .join(USERS)
        .on(USERS.ID.eq(MEMBERS.USER_ID))
        .where(MEMBERS.WORKSPACE_ID.eq(workspace), which)
        .orderBy(MEMBERS.JOINED_AT.sort(order), USERS.EMAIL.sort(order))
        .limit(limit)
        .fetch(
            row ->
                new Member(
                    row.value1(),
                    row.value2(),
                    Role.of(row.value3()),
                    row.value4(),
                    row.value5(),
                    row.value6(),
                    row.value7(),
                    withFactor.contains(row.value1())));
  }
}
