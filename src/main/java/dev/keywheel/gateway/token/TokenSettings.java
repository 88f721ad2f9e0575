package dev.keywheel.gateway.token;

/**
 * The editable settings of an access token.
 *
 * @param showKeyName whether answers name the key that was used
 */
public record TokenSettings(String name, String notes, TokenScope scope, boolean showKeyName) {}
