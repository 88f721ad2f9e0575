package dev.keywheel.people;

import static dev.keywheel.db.schema.Tables.AUTHENTICATOR_APPS;
import static dev.keywheel.db.schema.Tables.MEMBERS;
import static dev.keywheel.db.schema.Tables.PASSKEYS;
import static dev.keywheel.db.schema.Tables.SESSIONS;
import static dev.keywheel.db.schema.Tables.USERS;
import static dev.keywheel.db.schema.Tables.WORKSPACES;
import static org.jooq.impl.DSL.coalesce;
import static org.jooq.impl.DSL.exists;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectOne;

import dev.keywheel.db.BoundedText;
import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import dev.keywheel.people.identity.FactorsHeld;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.people.identity.Role;
import dev.keywheel.people.identity.SecretTokens;
import dev.keywheel.people.identity.Session;
import dev.keywheel.people.identity.SessionId;
import dev.keywheel.problem.Conflict;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of signed-in users.
 *
 * <p>A session ends {@link #IDLE_TIMEOUT} after its last use (polls do not count) or {@link
 * #MAX_AGE} after sign-in, whichever comes first. It ends immediately if the user is disabled or
 * may no longer enter the workspace: each lookup checks both.
 */
public final class SessionStore {
  public static final Duration IDLE_TIMEOUT = Duration.ofHours(8);

  public static final Duration MAX_AGE = Duration.ofDays(7);

  /** Resolution of the last-use time, so that not every request writes. */
  static final Duration TOUCH_INTERVAL = Duration.ofMinutes(1);

  /**
   * Time after the end of a session for which its cookie is still recognized, so that the server
   * can keep a submitted form until the user has signed in again.
   */
  static final Duration REMEMBERED = Duration.ofDays(7);

  private static final Field<Boolean> APP =
      field(
          exists(
              selectOne()
                  .from(AUTHENTICATOR_APPS)
                  .where(
                      AUTHENTICATOR_APPS.USER_ID.eq(USERS.ID),
                      AUTHENTICATOR_APPS.CONFIRMED_AT.isNotNull())));
  private static final Field<Boolean> PASSKEY =
      field(exists(selectOne().from(PASSKEYS).where(PASSKEYS.USER_ID.eq(USERS.ID))));

  private static final int MAX_AGENT = 200;

  private final Database db;
  private final SecureRandom random;

  public SessionStore(Database db, SecureRandom random) {
    this.db = db;
    this.random = random;
  }

  /**
   * Opens a session after a successful sign-in.
   *
   * @return the secret id, for the browser only; it cannot be retrieved again
   */
  public String open(Tx tx, UUID user, UUID workspace, String address, String agent, Instant now) {
    var secret = SecretTokens.make(random, SecretTokens.SESSION_BYTES);
    tx.dsl()
        .insertInto(SESSIONS)
        .set(SESSIONS.ID_HASH, SecretTokens.hash(secret))
        .set(SESSIONS.USER_ID, user)
        .set(SESSIONS.WORKSPACE_ID, workspace)
        .set(SESSIONS.CREATED_AT, now)
        .set(SESSIONS.LAST_ACTIVE_AT, now)
        .set(SESSIONS.EXPIRES_AT, now.plus(MAX_AGE))
        .set(SESSIONS.CONFIRMED_AT, now)
        .set(SESSIONS.ADDRESS, address)
        .set(SESSIONS.AGENT, BoundedText.start(agent, MAX_AGENT))
        .execute();
    return secret;
  }

  /** The open session with this secret id; empty if unknown or ended. */
  public Optional<Session> find(String secret, Instant now) {
    return db.read(
        dsl ->
            findOpen(dsl, SESSIONS.ID_HASH.eq(SecretTokens.hash(secret)), now).stream()
                .findFirst());
  }

  /** All open sessions of a user, most recently used first. */
  public List<Session> of(UUID user, Instant now) {
    return db.read(dsl -> findOpen(dsl, SESSIONS.USER_ID.eq(user), now));
  }

  private static List<Session> findOpen(DSLContext dsl, Condition which, Instant now) {
    return dsl.select(
            SESSIONS.ID_HASH,
            SESSIONS.USER_ID,
            USERS.EMAIL,
            USERS.INSTANCE_ADMIN,
            SESSIONS.WORKSPACE_ID,
            MEMBERS.ROLE,
            SESSIONS.CREATED_AT,
            SESSIONS.LAST_ACTIVE_AT,
            SESSIONS.CONFIRMED_AT,
            SESSIONS.ADDRESS,
            SESSIONS.AGENT,
            USERS.TIME_ZONE,
            APP,
            PASSKEY)
        .from(SESSIONS)
        .join(USERS)
        .on(USERS.ID.eq(SESSIONS.USER_ID))
        .join(MEMBERS)
        .on(MEMBERS.USER_ID.eq(SESSIONS.USER_ID))
        .and(MEMBERS.WORKSPACE_ID.eq(SESSIONS.WORKSPACE_ID))
        .join(WORKSPACES)
        .on(WORKSPACES.ID.eq(SESSIONS.WORKSPACE_ID))
        .where(which)
        .and(USERS.DISABLED_AT.isNull())
        .and(WORKSPACES.ARCHIVED_AT.isNull())
        .and(SESSIONS.EXPIRES_AT.gt(now))
        .and(SESSIONS.LAST_ACTIVE_AT.gt(now.minus(IDLE_TIMEOUT)))
        .orderBy(SESSIONS.LAST_ACTIVE_AT.desc())
        .fetch(SessionStore::session);
  }

  private static Session session(Record row) {
    var person =
        new Principal(
            row.get(SESSIONS.USER_ID),
            row.get(USERS.EMAIL),
            row.get(SESSIONS.WORKSPACE_ID),
            Role.of(row.get(MEMBERS.ROLE)),
            row.get(USERS.INSTANCE_ADMIN));
    return new Session(
        new SessionId(row.get(SESSIONS.ID_HASH)),
        person,
        row.get(SESSIONS.CREATED_AT),
        row.get(SESSIONS.LAST_ACTIVE_AT),
        row.get(SESSIONS.CONFIRMED_AT),
        row.get(SESSIONS.ADDRESS),
        row.get(SESSIONS.AGENT),
        row.get(USERS.TIME_ZONE),
        new FactorsHeld(row.get(APP), row.get(PASSKEY)));
  }

  /**
   * Checks that the session has not ended since the request was admitted, and keeps it open until
   * the transaction ends. Lock the user first.
   *
   * @throws Conflict if the session has ended
   */
  public void requireOpen(Tx tx, Session session, Instant now) {
    boolean open =
        tx.dsl()
            .selectOne()
            .from(SESSIONS)
            .where(SESSIONS.ID_HASH.eq(session.id().hash()), SESSIONS.EXPIRES_AT.gt(now))
            .forShare()
            .fetchOptional()
            .isPresent();
    if (!open) {
      throw new Conflict(
          "Your session has ended", "Nothing was changed. Sign in again to continue.");
    }
  }

  /**
   * Records use of the session, at most once per {@link #TOUCH_INTERVAL}. Does nothing while the
   * database is read-only, so that pages are still served.
   */
  public void recordUse(Session session, Instant now) {
    if (session.lastActiveAt().plus(TOUCH_INTERVAL).isAfter(now)) {
      return;
    }
    db.runTxIfWritable(
        tx ->
            tx.dsl()
                .update(SESSIONS)
                .set(SESSIONS.LAST_ACTIVE_AT, now)
                .where(SESSIONS.ID_HASH.eq(session.id().hash()))
                .execute());
  }

  /** Stores the time zone for all sessions of the user; null selects that of the browser. */
  void chooseTimeZone(Tx tx, UUID user, @Nullable String zone) {
    tx.dsl().update(USERS).set(USERS.TIME_ZONE, zone).where(USERS.ID.eq(user)).execute();
  }

  /** Records that the password, a code or a passkey was verified again. */
  public void confirm(Tx tx, SessionId id, Instant now) {
    tx.dsl()
        .update(SESSIONS)
        .set(SESSIONS.CONFIRMED_AT, now)
        .where(SESSIONS.ID_HASH.eq(id.hash()))
        .execute();
  }

  /** Continues a session in another workspace, and makes it the workspace of the next sign-in. */
  void enter(Tx tx, Session session, UUID workspace) {
    tx.dsl()
        .update(SESSIONS)
        .set(SESSIONS.WORKSPACE_ID, workspace)
        .where(SESSIONS.ID_HASH.eq(session.id().hash()))
        .execute();
    tx.dsl()
        .update(USERS)
        .set(USERS.LAST_WORKSPACE_ID, workspace)
        .where(USERS.ID.eq(session.person().userId()))
        .execute();
  }

  /**
   * Moves each session whose user may no longer enter this workspace to another workspace of the
   * user, or ends it if there is none.
   */
  void moveFrom(Tx tx, UUID workspace, Instant now) {
    var enterable =
        select(MEMBERS.WORKSPACE_ID)
            .from(MEMBERS)
            .join(WORKSPACES)
            .on(WORKSPACES.ID.eq(MEMBERS.WORKSPACE_ID))
            .where(MEMBERS.USER_ID.eq(SESSIONS.USER_ID))
            .and(WORKSPACES.ARCHIVED_AT.isNull());
    var lost = SESSIONS.WORKSPACE_ID.eq(workspace).and(SESSIONS.WORKSPACE_ID.notIn(enterable));
    var other = field(enterable.orderBy(MEMBERS.JOINED_AT, MEMBERS.WORKSPACE_ID).limit(1));
    tx.dsl()
        .update(SESSIONS)
        .set(SESSIONS.WORKSPACE_ID, coalesce(other, SESSIONS.WORKSPACE_ID))
        .where(lost)
        .execute();
    expire(tx, lost, now);
  }

  /** Ends one session; its cookie is no longer accepted. */
  void end(Tx tx, SessionId id, Instant now) {
    expire(tx, SESSIONS.ID_HASH.eq(id.hash()), now);
  }

  /** Ends every session of a user, except {@code kept}. Returns the number of ended sessions. */
  public int endAll(Tx tx, UUID user, @Nullable SessionId kept, Instant now) {
    Condition which = SESSIONS.USER_ID.eq(user);
    return expire(tx, kept == null ? which : which.and(SESSIONS.ID_HASH.ne(kept.hash())), now);
  }

  /** Ends sessions. Returns the number of those that had not already ended by being idle. */
  private static int expire(Tx tx, Condition which, Instant now) {
    var lastActive =
        tx.dsl()
            .update(SESSIONS)
            .set(SESSIONS.EXPIRES_AT, now)
            .where(which, SESSIONS.EXPIRES_AT.gt(now))
            .returning(SESSIONS.LAST_ACTIVE_AT)
            .fetch(SESSIONS.LAST_ACTIVE_AT);
    return (int) lastActive.stream().filter(at -> at.isAfter(now.minus(IDLE_TIMEOUT))).count();
  }

  /**
   * Whether the secret id belongs to a session that is open or ended within {@link #REMEMBERED}.
   */
  public boolean existed(String secret) {
    return db.read(
        dsl -> dsl.fetchExists(SESSIONS, SESSIONS.ID_HASH.eq(SecretTokens.hash(secret))));
  }

  /** Removes sessions that ended more than {@link #REMEMBERED} ago. */
  public void sweep(Instant now) {
    Instant before = now.minus(REMEMBERED);
    db.runTx(
        tx ->
            tx.dsl()
                .deleteFrom(SESSIONS)
                .where(SESSIONS.EXPIRES_AT.le(before))
                .or(SESSIONS.LAST_ACTIVE_AT.le(before.minus(IDLE_TIMEOUT)))
                .execute());
  }
}
