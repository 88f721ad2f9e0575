package dev.keywheel.web.settings;

import dev.keywheel.people.audit.AuditEvent;
import dev.keywheel.people.audit.AuditFilter;
import dev.keywheel.people.audit.AuditStatus;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The audit log.
 *
 * @param log which log is shown
 * @param filter the active filter
 * @param actors choices of the actor filter
 * @param actions choices of the action filter
 * @param older URL of the next page; null for none
 * @param newest URL of the newest events; null on the first page
 * @param partial whether the search covered only some of the older events
 * @param status whether the log is unchanged
 */
public record AuditLogPage(
    AuditLogChoice log,
    List<AuditEvent> lines,
    AuditFilter filter,
    List<String> actors,
    List<String> actions,
    @Nullable String older,
    boolean partial,
    @Nullable String newest,
    AuditStatus status) {
  private static final Pattern KEY_FIRST =
      Pattern.compile("([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?: .*)?");

  public boolean narrowed() {
    return !filter.equals(AuditFilter.ALL);
  }

  /** The page of the event's key; null if the event is not about a key. */
  public static @Nullable String key(AuditEvent line) {
    var subject = line.subject();
    var key = subject == null ? null : KEY_FIRST.matcher(subject);
    boolean ofOne =
        switch (line.action()) {
          case "renamed a key", "revealed a key", "requested a deep test", "password refused" ->
              true;
          default -> false;
        };
    return ofOne && key != null && key.matches() ? "/keys/" + key.group(1) : null;
  }

  /** The key's name at that time, or a generic label if none was recorded. */
  public static String keyName(AuditEvent line) {
    return line.details().getOrDefault("names", "a key");
  }
}
