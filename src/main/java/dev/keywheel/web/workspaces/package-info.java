/** The workspaces and accounts of the instance. */
@NullMarked
package dev.keywheel.web.workspaces;

import org.jspecify.annotations.NullMarked;
