package dev.keywheel.db;

import org.jooq.DSLContext;

/**
 * An open transaction, passed down to whatever must commit together. It ends with the call that
 * opened it: never keep one, never call the network inside one.
 */
public record Tx(DSLContext dsl) {}
