package dev.keywheel.web.keys;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Asks for the number of keys before many are deleted.
 *
 * @param ids the chosen ones; empty when all that match are meant
 * @param left how many keys there are afterwards
 */
public record DeletePage(
    int size, List<String> ids, boolean all, String view, int left, @Nullable String error) {}
