/** Static rules for a tool: JavaScript tokenizer, linters. */
@NullMarked
package dev.keywheel.article.tool.rules;

import org.jspecify.annotations.NullMarked;
