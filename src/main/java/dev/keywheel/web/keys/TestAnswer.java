package dev.keywheel.web.keys;

import dev.keywheel.web.Severity;

/** After one key's test: the list as it is now, and what came of the test. */
public record TestAnswer(KeyTable table, Severity tone, String sentence) {}
