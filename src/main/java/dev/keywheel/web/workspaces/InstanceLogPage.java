package dev.keywheel.web.workspaces;

import dev.keywheel.people.audit.AuditEvent;
import dev.keywheel.people.audit.AuditStatus;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The instance's own audit log.
 *
 * @param older URL of the next page; null for none
 * @param newest URL of the newest events; null on the first page
 * @param status whether the log is unchanged
 */
public record InstanceLogPage(
    List<AuditEvent> lines, @Nullable String older, @Nullable String newest, AuditStatus status) {}
