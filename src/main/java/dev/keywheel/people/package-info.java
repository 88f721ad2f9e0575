/**
 * Who may come in and what they may do: users, the workspaces they are members of, their sessions,
 * and the record of what they did.
 *
 * <p>Nothing here knows HTTP. A session id and a one-time token leave this package once, in clear,
 * when they are made; the database holds their SHA-256 only.
 */
@NullMarked
package dev.keywheel.people;

import org.jspecify.annotations.NullMarked;
