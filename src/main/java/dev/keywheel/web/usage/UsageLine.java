package dev.keywheel.web.usage;

import dev.keywheel.usage.UsageTotals;
import org.jspecify.annotations.Nullable;

/**
 * A row of figures.
 *
 * @param code the name in the CSV, or the time in ISO 8601
 * @param href link target of the name; null for none
 */
public record UsageLine(String label, String code, @Nullable String href, UsageTotals totals) {}
