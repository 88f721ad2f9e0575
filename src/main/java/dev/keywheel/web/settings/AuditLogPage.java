package dev.keywheel.web.settings;

import dev.keywheel.people.audit.AuditStatus;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.people.audit.event.AuditEvent;
import dev.keywheel.people.audit.event.AuditFilter;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
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

  /** Actions whose subject begins with the id of a key. */
  private static final Set<AuditAction> OF_ONE_KEY =
      EnumSet.of(
          AuditAction.RENAMED_KEY,
          AuditAction.REVEALED_KEY,
          AuditAction.REQUESTED_DEEP_TEST,
          AuditAction.PASSWORD_REFUSED);

  public boolean narrowed() {
    return !filter.equals(AuditFilter.ALL);
  }

  /** The page of the event's key; null if the event is not about a key. */
  public static @Nullable String key(AuditEvent line) {
    var subject = line.subject();
    var key = subject == null ? null : KEY_FIRST.matcher(subject);
    boolean ofOne = AuditAction.of(line.action()).filter(OF_ONE_KEY::contains).isPresent();
    return ofOne && key != null && key.matches() ? "/keys/" + key.group(1) : null;
  }

  /** The key's name at that time, or a generic label if none was recorded. */
  public static String keyName(AuditEvent line) {
    return line.details().getOrDefault("names", "a key");
  }
}
