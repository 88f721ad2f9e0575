package dev.keywheel.web.settings;

import dev.keywheel.article.view.ArticleTopic;
import dev.keywheel.people.audit.AuditStatus;
import dev.keywheel.people.audit.event.AuditEvent;
import dev.keywheel.people.audit.event.AuditFilter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The audit log.
 *
 * @param actors choices of the actor filter
 * @param actions choices of the action filter
 * @param older URL of the next page; null for none
 * @param newest URL of the newest events; null on the first page
 * @param partial whether the search covered only some of the older events
 * @param here URL of this page
 * @param status the state of the log, as found by the last checks
 * @param topics topics of the runs and articles that the lines are about, by run or article id
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
    String here,
    AuditStatus status,
    Map<UUID, ArticleTopic> topics) {
  public boolean narrowed() {
    return !filter.equals(AuditFilter.ALL);
  }

  /** The details of an event, without the article of a run, which the target already names. */
  public Map<String, String> details(AuditEvent line) {
    if (target(line).href() == null || !line.details().containsKey("article")) {
      return line.details();
    }
    var details = new LinkedHashMap<>(line.details());
    details.remove("article");
    return details;
  }

  public AuditTarget target(AuditEvent line) {
    return AuditTarget.of(line, topics);
  }
}
