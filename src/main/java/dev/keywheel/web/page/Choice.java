package dev.keywheel.web.page;

/** A link that filters a list; {@code current} marks the active one. */
public record Choice(String label, String href, boolean current) {}
