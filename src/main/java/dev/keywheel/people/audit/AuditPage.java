package dev.keywheel.people.audit;

import dev.keywheel.people.audit.event.AuditEvent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A page of audit events, newest first.
 *
 * @param older cursor of the next page; null at the end of the log
 * @param partial whether the search scanned its maximum number of events before the page was full
 */
public record AuditPage(List<AuditEvent> lines, @Nullable Long older, boolean partial) {}
