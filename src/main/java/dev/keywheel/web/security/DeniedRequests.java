package dev.keywheel.web.security;

import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.people.identity.Session;
import dev.keywheel.problem.Forbidden;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.javalin.router.Endpoint;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Adds entries to the audit log for requests that were forbidden (403) or rate limited (429). */
public final class DeniedRequests {
  private static final String REASON = DeniedRequests.class.getName();

  private final Audit audit;
  private final Function<Context, String> client;

  /**
   * @param client returns the address of the browser
   */
  public DeniedRequests(Audit audit, Function<Context, String> client) {
    this.audit = audit;
    this.client = client;
  }

  /** Stores the reason for a refusal in the request, for {@link #record}. */
  public static void remember(Context ctx, Forbidden reason) {
    ctx.attribute(REASON, reason);
  }

  /** Records the request if it was refused. Runs after each response. */
  public void record(Context ctx) {
    @Nullable Forbidden reason = ctx.attribute(REASON);
    if (reason != null) {
      var action =
          reason instanceof ForgedRequest
              ? AuditAction.REFUSED_FORGED_REQUEST
              : AuditAction.DENIED_ACCESS;
      record(ctx, action, Optional.ofNullable(reason.getMessage()));
    } else if (ctx.statusCode() == HttpStatus.TOO_MANY_REQUESTS.getCode()) {
      record(ctx, AuditAction.LIMITED_RATE_OF_REQUESTS, Optional.empty());
    }
  }

  /** Method and pattern of the route, not its path, which may contain a token. */
  private static String route(Context ctx) {
    @Nullable Endpoint matched = ctx.endpoints().matchedHttpEndpoint();
    return ctx.method() + (matched == null ? "" : " " + matched.path);
  }

  private void record(Context ctx, AuditAction action, Optional<String> reason) {
    var person = CurrentUser.found(ctx).map(Session::person);
    var details = new LinkedHashMap<String, String>();
    details.put("address", client.apply(ctx));
    reason.ifPresent(text -> details.put("reason", text));
    audit.recordRefusal(
        person, person.map(Principal::email).orElse("anonymous"), action, route(ctx), details);
  }
}
