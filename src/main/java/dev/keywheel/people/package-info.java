/**
 * Users, workspaces, memberships, sessions and the audit log.
 *
 * <p>Independent of HTTP. Session ids and one-time tokens leave this package in plain text once, on
 * creation; the database contains only their SHA-256.
 */
@NullMarked
package dev.keywheel.people;

import org.jspecify.annotations.NullMarked;
