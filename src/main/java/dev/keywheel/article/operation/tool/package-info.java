/** Operations that write and validate the interactive tool. */
@NullMarked
package dev.keywheel.article.operation.tool;

import org.jspecify.annotations.NullMarked;
