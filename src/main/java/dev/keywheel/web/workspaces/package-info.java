/** The workspaces and accounts of the instance, and its own audit log. */
@NullMarked
package dev.keywheel.web.workspaces;

import org.jspecify.annotations.NullMarked;
