package dev.keywheel.people;

import static dev.keywheel.db.schema.Tables.MEMBERS;
import static dev.keywheel.db.schema.Tables.USERS;
import static org.jooq.impl.DSL.and;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.noCondition;
import static org.jooq.impl.DSL.row;

import dev.keywheel.db.query.BoundedSearch;
import dev.keywheel.people.factor.Factors;
import dev.keywheel.people.identity.Member;
import dev.keywheel.people.identity.Role;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.SortOrder;
import org.jspecify.annotations.Nullable;

/** The members of a workspace, as shown in the settings. */
final class MemberList {
  private MemberList() {}

  static List<Member> all(DSLContext dsl, UUID workspace) {
    return select(dsl, workspace, noCondition(), false, Integer.MAX_VALUE);
  }

  static Optional<Member> find(DSLContext dsl, UUID workspace, UUID user) {
    return select(dsl, workspace, USERS.ID.eq(user), false, 1).stream().findFirst();
  }

  /**
   * Members whose addresses contain the text, first those who joined first, in both paging
   * directions.
   *
   * @param cursor id of a member; null for the beginning
   */
  static List<Member> page(
      DSLContext dsl,
      UUID workspace,
      String text,
      @Nullable UUID cursor,
      boolean backwards,
      int limit) {
    var order = row(MEMBERS.JOINED_AT, USERS.EMAIL);
    var from =
        dsl.select(MEMBERS.JOINED_AT, USERS.EMAIL)
            .from(MEMBERS)
            .join(USERS)
            .on(USERS.ID.eq(MEMBERS.USER_ID))
            .where(MEMBERS.WORKSPACE_ID.eq(workspace), USERS.ID.eq(cursor))
            .fetchOptional()
            .map(at -> backwards ? order.lt(at.valuesRow()) : order.gt(at.valuesRow()))
            .orElse(noCondition());
    Condition found =
        text.isEmpty() ? noCondition() : USERS.EMAIL.likeIgnoreCase(BoundedSearch.pattern(text));
    var members = select(dsl, workspace, and(found, from), backwards, limit);
    return backwards ? members.reversed() : members;
  }

  private static List<Member> select(
      DSLContext dsl, UUID workspace, Condition which, boolean lastFirst, int limit) {
    var withFactor = Factors.holders(dsl);
    SortOrder order = lastFirst ? SortOrder.DESC : SortOrder.ASC;
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
