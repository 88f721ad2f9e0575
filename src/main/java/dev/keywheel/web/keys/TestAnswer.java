package dev.keywheel.web.keys;

import dev.keywheel.web.Tone;

/** After one key's test: the list as it is now, and what came of the test. */
public record TestAnswer(KeyTable table, Tone tone, String sentence) {}
