package dev.keywheel.web.usage;

import dev.keywheel.usage.UsageTotals;
import org.jspecify.annotations.Nullable;

/**
 * A row of figures.
 *
 * @param code the name in the CSV, for times in ISO 8601
 * @param href what the name links to; null for nothing
 */
public record UsageLine(String label, String code, @Nullable String href, UsageTotals totals) {}
