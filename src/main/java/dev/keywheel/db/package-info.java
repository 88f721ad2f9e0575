/** The database: connections, transactions, migrations, roles, the generated schema. */
@NullMarked
package dev.keywheel.db;

import org.jspecify.annotations.NullMarked;
