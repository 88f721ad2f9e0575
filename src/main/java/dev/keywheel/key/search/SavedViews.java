package dev.keywheel.key.search;

import static dev.keywheel.db.schema.Tables.KEY_VIEWS;
import static org.jooq.impl.DSL.lower;
import static org.jooq.impl.DSL.uuid;

import dev.keywheel.db.Database;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.problem.NotFound;
import dev.keywheel.problem.Rejected;
import dev.keywheel.secret.shape.SecretShape;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.Records;

/** Filters and orders of the list of keys that a user saved under a name, for that user only. */
public final class SavedViews {
  /** Maximum number of characters of a name. */
  public static final int MAX_NAME_LENGTH = 60;

  /** The maximum number of views of one user in one workspace. */
  static final int MAX_VIEWS = 50;

  /** Maximum number of characters of a query. */
  private static final int MAX_QUERY_LENGTH = 2_000;

  private final Database database;

  SavedViews(Database database) {
    this.database = database;
  }

  /**
   * A saved view.
   *
   * @param query the address of the list with this filter and order
   */
  public record View(UUID id, String name, String query) {}

  /** The user's views, ordered by name. */
  public List<View> of(Principal who) {
    return database.read(
        dsl ->
            dsl.select(KEY_VIEWS.ID, KEY_VIEWS.NAME, KEY_VIEWS.QUERY)
                .from(KEY_VIEWS)
                .where(ofUser(who))
                .orderBy(lower(KEY_VIEWS.NAME))
                .fetch(Records.mapping(View::new)));
  }

  /**
   * Saves a view. Throws {@link Rejected} on the field {@code name} when the name or the query is
   * not valid, the name is taken, or the user has {@link #MAX_VIEWS} views.
   */
  public void save(Principal who, String name, String query, Instant now) {
    String checked = name(name);
    SecretShape.POSSIBLE.refuse("name", query);
    if (query.length() > MAX_QUERY_LENGTH) {
      throw new Rejected("name", "This filter is too long to be saved. Shorten the search.");
    }
    database.runTx(
        tx -> {
          if (tx.dsl().fetchCount(KEY_VIEWS, ofUser(who)) >= MAX_VIEWS) {
            throw new Rejected(
                "name", "You have " + MAX_VIEWS + " views. Delete one to save another.");
          }
          int saved =
              tx.dsl()
                  .insertInto(KEY_VIEWS)
                  .set(KEY_VIEWS.ID, uuid())
                  .set(KEY_VIEWS.WORKSPACE_ID, who.workspaceId())
                  .set(KEY_VIEWS.USER_ID, who.userId())
                  .set(KEY_VIEWS.NAME, checked)
                  .set(KEY_VIEWS.QUERY, query)
                  .set(KEY_VIEWS.CREATED_AT, now)
                  .onConflictDoNothing()
                  .execute();
          if (saved == 0) {
            throw taken();
          }
        });
  }

  /** Renames a view. Throws {@link Rejected} when the name is not valid or is taken. */
  public void rename(Principal who, UUID id, String name) {
    String checked = name(name);
    database.runTx(
        tx -> {
          Condition view = ofUser(who).and(KEY_VIEWS.ID.eq(id));
          requireFound(tx.dsl().fetchCount(KEY_VIEWS, view));
          Condition others = ofUser(who).and(KEY_VIEWS.ID.ne(id));
          if (tx.dsl()
              .fetchExists(KEY_VIEWS, others.and(lower(KEY_VIEWS.NAME).eq(lower(checked))))) {
            throw taken();
          }
          tx.dsl().update(KEY_VIEWS).set(KEY_VIEWS.NAME, checked).where(view).execute();
        });
  }

  public void delete(Principal who, UUID id) {
    database.runTx(
        tx ->
            requireFound(
                tx.dsl().deleteFrom(KEY_VIEWS).where(ofUser(who), KEY_VIEWS.ID.eq(id)).execute()));
  }

  private static Rejected taken() {
    return new Rejected("name", "You already have a view with this name. Choose another name.");
  }

  private static void requireFound(int rows) {
    if (rows == 0) {
      throw new NotFound("You have no such view. It may have been deleted.");
    }
  }

  private static String name(String typed) {
    String name = typed.strip();
    if (name.isEmpty() || name.length() > MAX_NAME_LENGTH) {
      throw new Rejected("name", "A name must have 1 to " + MAX_NAME_LENGTH + " characters.");
    }
    if (name.chars().anyMatch(Character::isISOControl)) { // the database cannot store NUL
      throw new Rejected("name", "A name must not contain control characters.");
    }
    SecretShape.POSSIBLE.refuse("name", name);
    return name;
  }

  private static Condition ofUser(Principal who) {
    return KEY_VIEWS.WORKSPACE_ID.eq(who.workspaceId()).and(KEY_VIEWS.USER_ID.eq(who.userId()));
  }
}
