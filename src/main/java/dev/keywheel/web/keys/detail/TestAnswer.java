package dev.keywheel.web.keys.detail;

import dev.keywheel.web.keys.list.KeyTable;
import dev.keywheel.web.page.Severity;

/** After one key's test: the list as it is now, and what came of the test. */
public record TestAnswer(KeyTable table, Severity tone, String sentence) {}
