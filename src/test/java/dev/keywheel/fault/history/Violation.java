package dev.keywheel.fault.history;

/** An invariant that does not hold, with the rows that show it. */
record Violation(String invariant, String rows) {}
