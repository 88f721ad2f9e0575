package dev.keywheel.db;

import org.jooq.DSLContext;

/**
 * An open transaction, passed down to everything that must commit together. It ends with the call
 * that opened it: never store one, never make a network call inside one.
 */
public record Tx(DSLContext dsl) {}
