package dev.keywheel.run;

/**
 * Open runs that have some of the chosen keys in their plan, and how many of the keys those are.
 */
public record RunsInFlight(int runs, int keys) {}
