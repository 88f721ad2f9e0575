package dev.keywheel.people.audit;

import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** An entry of the audit log. */
public record AuditEvent(
    long id,
    Instant at,
    String actor,
    @Nullable UUID actorId,
    String action,
    @Nullable String subject,
    Map<String, String> details) {}
