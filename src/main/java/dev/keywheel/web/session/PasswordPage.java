package dev.keywheel.web.session;

import org.jspecify.annotations.Nullable;

/** The form that sets a password with the token of a one-time link. */
public record PasswordPage(String token, @Nullable String error) {}
