/** Weighs the evidence of independent test sources and selects the version of a tool. */
@NullMarked
package dev.keywheel.article.tool.judge;

import org.jspecify.annotations.NullMarked;
