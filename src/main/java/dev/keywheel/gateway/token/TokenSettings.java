package dev.keywheel.gateway.token;

/**
 * What can be changed about an access token.
 *
 * @param showKeyName whether answers name the key that was used
 */
public record TokenSettings(String name, String notes, TokenScope scope, boolean showKeyName) {}
