package dev.keywheel.people.audit.event;

import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An entry of the audit log.
 *
 * @param id orders the entries of all workspaces
 * @param position 1-based number within the workspace; 0 until an upgrade has numbered the entry
 * @param signed false for entries of earlier versions, and those written while the vault was sealed
 */
public record AuditEvent(
    long id,
    long position,
    Instant at,
    String actor,
    @Nullable UUID actorId,
    String action,
    @Nullable String subject,
    Map<String, String> details,
    boolean signed) {}
