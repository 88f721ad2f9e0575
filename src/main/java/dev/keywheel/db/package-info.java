/**
 * The database: connections, transactions, migrations, the embedded PostgreSQL, the generated
 * schema.
 */
@NullMarked
package dev.keywheel.db;

import org.jspecify.annotations.NullMarked;
