package dev.keywheel.web.session;

import org.jspecify.annotations.Nullable;

/** The password is asked for again; then the way goes to {@code next}. */
public record ConfirmPage(String email, String next, @Nullable String error) {}
