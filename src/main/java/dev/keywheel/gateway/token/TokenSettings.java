package dev.keywheel.gateway.token;

import org.jspecify.annotations.Nullable;

/**
 * The editable settings of an access token.
 *
 * @param defaultModel the id or alias for requests that name no model; null for none
 * @param showKeyName whether answers name the key that was used
 */
public record TokenSettings(
    String name,
    String notes,
    TokenScope scope,
    @Nullable String defaultModel,
    boolean showKeyName) {}
