package dev.keywheel.web.settings;

import dev.keywheel.article.view.ArticleTopic;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.people.audit.event.AuditEvent;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The object of an audit event.
 *
 * @param href URL of the page of the object; null for none
 */
public record AuditTarget(String name, @Nullable String href) {
  private static final Pattern ID_FIRST =
      Pattern.compile("([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?: .*)?");

  /** Actions whose subject begins with the id of a key. */
  private static final Set<AuditAction> OF_ONE_KEY =
      EnumSet.of(
          AuditAction.RENAMED_KEY,
          AuditAction.REPLACED_SECRET,
          AuditAction.REVEALED_KEY,
          AuditAction.REQUESTED_DEEP_TEST,
          AuditAction.ENDED_MODEL_EXCLUSIONS,
          AuditAction.PASSWORD_REFUSED);

  /** Actions on several keys, which the details name. */
  private static final Set<AuditAction> OF_KEYS =
      EnumSet.range(AuditAction.ENABLED_KEYS, AuditAction.UNTAGGED_KEYS);

  /** The subject of a change of keys: the id of the change, preceded by "undo of" for an undo. */
  private static final Pattern CHANGE =
      Pattern.compile("^(?:(undo) of )?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$");

  private static final Set<AuditAction> OF_RUN =
      EnumSet.of(AuditAction.STARTED_RUN, AuditAction.CANCELLED_RUN, AuditAction.RETRIED_RUN);

  private static final Set<AuditAction> OF_ARTICLE =
      EnumSet.range(AuditAction.ARTICLE_EDITED, AuditAction.ARTICLE_DOWNLOADED);

  /** The ids of the runs and articles that the events are about. */
  static Set<UUID> runsAndArticles(List<AuditEvent> events) {
    return events.stream()
        .filter(event -> is(event, OF_RUN) || is(event, OF_ARTICLE))
        .flatMap(event -> id(event).stream())
        .collect(Collectors.toSet());
  }

  /**
   * @param topics topics of runs and articles by their ids; a run or article without a topic is
   *     named by its id
   */
  static AuditTarget of(AuditEvent event, Map<UUID, ArticleTopic> topics) {
    var subject = Objects.requireNonNullElse(event.subject(), "");
    var id = id(event).orElse(null);
    if (id != null && is(event, OF_ONE_KEY)) {
      return new AuditTarget(event.details().getOrDefault("names", "a key"), "/keys/" + id);
    }
    var topic = id == null ? null : topics.get(id);
    if (topic != null && is(event, OF_RUN)) {
      return new AuditTarget(topic.text(), "/runs/" + id);
    }
    if (topic != null && is(event, OF_ARTICLE)) {
      return new AuditTarget(topic.text(), topic.deleted() ? "/articles/trash" : "/articles/" + id);
    }
    if (is(event, OF_KEYS)) {
      return new AuditTarget(CHANGE.matcher(subject).replaceFirst("$1"), null);
    }
    return new AuditTarget(subject, null);
  }

  private static boolean is(AuditEvent event, Set<AuditAction> actions) {
    return AuditAction.of(event.action()).filter(actions::contains).isPresent();
  }

  private static Optional<UUID> id(AuditEvent event) {
    return Optional.ofNullable(event.subject())
        .map(ID_FIRST::matcher)
        .filter(Matcher::matches)
        .map(matcher -> UUID.fromString(matcher.group(1)));
  }
}
