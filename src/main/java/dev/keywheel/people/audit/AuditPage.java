package dev.keywheel.people.audit;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Some audit lines, newest first.
 *
 * @param older the id that the lines after these are older than; null at the end of the log
 * @param partial whether the time for a search was up before the page was full
 */
public record AuditPage(List<AuditEvent> lines, @Nullable Long older, boolean partial) {}
