package dev.keywheel.web.settings;

import dev.keywheel.db.Tx;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.people.identity.WorkspaceIds;
import dev.keywheel.web.page.Url;
import dev.keywheel.web.security.CurrentUser;
import io.javalin.http.Context;
import java.util.Optional;
import java.util.UUID;

/** Which audit log a page shows: that of the workspace, or that of the instance. */
public enum AuditLogChoice {
  WORKSPACE("", "This workspace"),
  INSTANCE("instance", "Instance");

  static final String FIELD = "log";

  private final String value;
  private final String label;

  AuditLogChoice(String value, String label) {
    this.value = value;
    this.label = label;
  }

  /** The value of the parameter {@code log}. */
  public String value() {
    return value;
  }

  public String label() {
    return label;
  }

  public String path() {
    return at(AuditLogRoutes.PATH).toString();
  }

  public Url at(String path) {
    return Url.of(path).with(FIELD, value);
  }

  /** The requested audit log if the user may read it; otherwise that of the workspace. */
  static AuditLogChoice of(Context ctx) {
    var wanted =
        Optional.ofNullable(ctx.formParam(FIELD))
            .or(() -> Optional.ofNullable(ctx.queryParam(FIELD)));
    return CurrentUser.of(ctx).instanceAdmin() && wanted.filter(INSTANCE.value::equals).isPresent()
        ? INSTANCE
        : WORKSPACE;
  }

  /** The workspace of this audit log, for a write in this transaction. */
  UUID workspace(Tx tx, Principal person) {
    return this == INSTANCE ? WorkspaceIds.ensureInstance(tx) : workspace(person);
  }

  UUID workspace(Principal person) {
    return switch (this) {
      case WORKSPACE -> person.workspaceId();
      case INSTANCE -> WorkspaceIds.INSTANCE;
    };
  }
}
