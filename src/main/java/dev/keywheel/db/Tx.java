package dev.keywheel.db;

import org.jooq.DSLContext;

/**
 * An open transaction, passed down to everything that must commit together. It ends with the call
 * that opened it. Never store a {@code Tx}, and never make a network call while one is open.
 */
public record Tx(DSLContext dsl) {}
