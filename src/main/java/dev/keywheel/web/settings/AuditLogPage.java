package dev.keywheel.web.settings;

import dev.keywheel.people.audit.AuditEvent;
import dev.keywheel.people.audit.AuditFilter;
import dev.keywheel.people.audit.AuditVerification;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Who did what.
 *
 * @param filter which lines were asked for
 * @param actors who can be asked for
 * @param actions what can be asked for
 * @param older the address of the lines before these; null when there are none
 * @param newest the address of the newest lines; null when these are they
 * @param export the address of all lines that were asked for, as a file
 * @param partial whether a search looked at some of the older lines only
 * @param verified what the last verification found; empty before the first one
 */
public record AuditLogPage(
    List<AuditEvent> lines,
    AuditFilter filter,
    List<String> actors,
    List<String> actions,
    @Nullable String older,
    boolean partial,
    @Nullable String newest,
    String export,
    Optional<AuditVerification.Result> verified) {
  private static final Pattern KEY_FIRST =
      Pattern.compile("([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?: .*)?");

  public boolean narrowed() {
    return !filter.equals(AuditFilter.ALL);
  }

  /** The page of the key that a line is about; null when it is about something else. */
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

  /** Its name at that time; that it is a key where no name was noted. */
  public static String keyName(AuditEvent line) {
    return line.details().getOrDefault("names", "a key");
  }
}
