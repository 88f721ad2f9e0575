package dev.keywheel.web.page;

/** A link that narrows a list; {@code current} marks the one in force. */
public record Choice(String label, String href, boolean current) {}
