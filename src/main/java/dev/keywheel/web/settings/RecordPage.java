package dev.keywheel.web.settings;

import dev.keywheel.people.AuditEvent;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who did what.
 *
 * @param older the address of the lines before these; null when there are none
 * @param newest whether these are the newest lines
 * @param broken the first line that does not follow from the one before it
 */
public record RecordPage(
    List<AuditEvent> lines, @Nullable String older, boolean newest, Optional<Long> broken) {}
