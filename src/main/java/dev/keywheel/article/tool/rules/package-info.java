/** Static rules for the document and the scripts of a tool. */
@NullMarked
package dev.keywheel.article.tool.rules;

import org.jspecify.annotations.NullMarked;
