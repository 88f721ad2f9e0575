package dev.keywheel.web.session;

import org.jspecify.annotations.Nullable;

/** A password is chosen with the token of a one-time link. */
public record PasswordPage(String token, @Nullable String error) {}
