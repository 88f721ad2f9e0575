package dev.keywheel.web.server;

import org.jspecify.annotations.Nullable;

/**
 * Asks a signed-in user for the password.
 *
 * @param next local path to go to afterwards
 * @param kept the form that needs it, as the page carries it; empty when there is none
 */
public record ConfirmPage(String email, String next, String kept, @Nullable String error) {}
