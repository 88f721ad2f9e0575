package dev.keywheel.people;

import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.db.Tx;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.people.identity.Role;
import dev.keywheel.people.identity.Session;
import dev.keywheel.people.identity.Workspace;
import dev.keywheel.problem.NotFound;
import dev.keywheel.problem.Rejected;
import dev.keywheel.secret.shape.SecretShape;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.jooq.DSLContext;

/**
 * Lets instance administrators create, rename and archive workspaces, and lets members enter them.
 * An archived workspace keeps all its data, but no one can enter it and no work starts in it.
 */
public final class WorkspaceService {
  public static final int LONGEST_NAME = 60;

  private final Database db;
  private final WorkspaceRepository rows = new WorkspaceRepository();
  private final MemberRepository members = new MemberRepository();
  private final SessionStore sessions;
  private final Audit audit;
  private final Ids ids;
  private final InstantSource clock;

  public WorkspaceService(
      Database db, SessionStore sessions, Audit audit, Ids ids, InstantSource clock) {
    this.db = db;
    this.sessions = sessions;
    this.audit = audit;
    this.ids = ids;
    this.clock = clock;
  }

  /** All workspaces, archived ones last. */
  public List<Workspace> all() {
    return db.read(rows::all);
  }

  /**
   * The workspace with this id, even if it is archived.
   *
   * @throws NotFound if the id is unknown
   */
  public Workspace workspace(UUID id) {
    return db.read(dsl -> find(dsl, id));
  }

  /** The workspaces that a user may enter, sorted by name. */
  public List<Workspace> enterable(UUID user) {
    return db.read(dsl -> rows.enterable(dsl, user));
  }

  /** The current workspace of the session; empty if the session has ended. */
  public Optional<Workspace> current(Session session) {
    return sessions.of(session.person().userId(), clock.instant()).stream()
        .filter(open -> open.id().equals(session.id()))
        .findFirst()
        .map(open -> workspace(open.person().workspaceId()));
  }

  /** The workspace that contains this object; empty unless the user may enter it. */
  public Optional<Workspace> ofObject(UUID object, UUID user) {
    return db.read(dsl -> rows.ofObject(dsl, object, user));
  }

  /**
   * Creates a workspace whose first administrator is {@code by}, and returns its id.
   *
   * @throws Rejected for the field {@code name}
   */
  public UUID create(Principal by, String name) {
    return db.inTx(
        tx -> {
          members.lockUsers(tx);
          var id = ids.next();
          var now = clock.instant();
          rows.add(tx, id, checked(tx, name, id, ""), now);
          members.addMember(tx, id, by.userId(), Role.ADMIN, now);
          InstanceAudit.record(
              audit, tx, by, AuditAction.CREATED_WORKSPACE, name.strip(), Map.of());
          return id;
        });
  }

  /**
   * Renames a workspace.
   *
   * @param seen rejects the change if the user has not seen the current name
   */
  public void rename(Principal by, UUID id, String name, Consumer<String> seen) {
    db.runTx(
        tx -> {
          members.lockUsers(tx);
          var before = find(tx.dsl(), id);
          seen.accept(before.name());
          var fresh = checked(tx, name, id, before.name());
          if (!fresh.equals(before.name())) {
            rows.rename(tx, id, fresh);
            var names = Map.of("from", before.name());
            InstanceAudit.record(audit, tx, by, AuditAction.RENAMED_WORKSPACE, fresh, names);
          }
        });
  }

  /**
   * Archives a workspace. Its sessions continue in another workspace of their users, or end.
   *
   * @throws Rejected if no instance administrator could sign in afterwards
   */
  public void archive(Principal by, UUID id) {
    db.runTx(
        tx -> {
          members.lockUsers(tx);
          var workspace = find(tx.dsl(), id);
          if (rows.setArchived(tx, id, clock.instant())) {
            members.requireInstanceAdmin(tx);
            sessions.moveFrom(tx, id, clock.instant());
            InstanceAudit.record(
                audit, tx, by, AuditAction.ARCHIVED_WORKSPACE, workspace.name(), Map.of());
          }
        });
  }

  /**
   * Restores a workspace. If none of its administrators can sign in, {@code by} becomes one, which
   * the workspace's own audit log shows as well.
   *
   * @return whether {@code by} became its administrator
   */
  public boolean restore(Principal by, UUID id) {
    return db.inTx(
        tx -> {
          members.lockUsers(tx);
          var name = find(tx.dsl(), id).name();
          if (!rows.setArchived(tx, id, null)) {
            return false;
          }
          boolean abandoned = !members.hasAdmin(tx, id);
          Map<String, Object> details =
              abandoned ? Map.of("new administrator", by.email()) : Map.of();
          InstanceAudit.record(audit, tx, by, AuditAction.RESTORED_WORKSPACE, name, details);
          if (abandoned) {
            members.addMember(tx, id, by.userId(), Role.ADMIN, clock.instant());
            members.changeRole(tx, id, by.userId(), Role.ADMIN);
            audit.record(
                tx, id, by.email(), by.userId(), AuditAction.RESTORED_WORKSPACE, name, details);
          }
          return abandoned;
        });
  }

  /**
   * Continues the session in another workspace of its user.
   *
   * @throws NotFound if the user may not enter it
   * @throws dev.keywheel.problem.Conflict if the session has ended
   */
  public Workspace enter(Session session, UUID id) {
    return db.inTx(
        tx -> {
          var person = session.person();
          members.lockUser(tx, person.userId());
          sessions.requireOpen(tx, session, clock.instant());
          var workspace =
              rows.enterable(tx.dsl(), person.userId()).stream()
                  .filter(mine -> mine.id().equals(id))
                  .findFirst()
                  .orElseThrow(WorkspaceService::unknown);
          if (!id.equals(person.workspaceId())) {
            sessions.enter(tx, session, id);
            audit.record(tx, id, person, AuditAction.ENTERED_WORKSPACE, null, Map.of());
          }
          return workspace;
        });
  }

  private Workspace find(DSLContext dsl, UUID id) {
    return rows.all(dsl).stream()
        .filter(workspace -> workspace.id().equals(id))
        .findFirst()
        .orElseThrow(WorkspaceService::unknown);
  }

  private static NotFound unknown() {
    return new NotFound("There is no such workspace.");
  }

  private String checked(Tx tx, String typed, UUID id, String before) {
    var name = typed.strip();
    if (name.isEmpty() || name.length() > LONGEST_NAME) {
      throw new Rejected("name", "Enter a name of 1 to " + LONGEST_NAME + " characters.");
    }
    if (name.chars().anyMatch(Character::isISOControl)) {
      throw new Rejected("name", "The name has a character that cannot be shown.");
    }
    SecretShape.CERTAIN.refuse("name", name, before);
    if (rows.taken(tx, name, id)) {
      throw new Rejected("name", "There is already a workspace with this name.");
    }
    return name;
  }
}
