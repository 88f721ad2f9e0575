package dev.keywheel.people;

import dev.keywheel.db.Tx;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.people.identity.UserRow;
import dev.keywheel.people.identity.WorkspaceIds;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Records actions that concern more than one workspace. The instance has an audit log of its own,
 * which only instance administrators can read.
 */
public final class InstanceAudit {
  private InstanceAudit() {}

  public static void record(
      Audit audit,
      Tx tx,
      Principal by,
      AuditAction action,
      @Nullable String subject,
      Map<String, ?> details) {
    audit.record(tx, WorkspaceIds.ensureInstance(tx), by, action, subject, details);
  }

  /**
   * Records an action on the user's own account: in the workspace that the user signs in to, or in
   * the log of the instance if there is no such workspace.
   */
  public static void recordOwn(
      Audit audit,
      Tx tx,
      UserRow user,
      AuditAction action,
      @Nullable String subject,
      Map<String, ?> details) {
    var workspace =
        new MemberRepository()
            .home(tx.dsl(), user.id())
            .map(Principal::workspaceId)
            .orElseGet(() -> WorkspaceIds.ensureInstance(tx));
    audit.record(tx, workspace, user.email(), user.id(), action, subject, details);
  }
}
