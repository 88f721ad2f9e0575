/** The content that the sandbox writes: plans, sections, tools, guides, answers and covers. */
@NullMarked
package dev.keywheel.sandbox.content;

import org.jspecify.annotations.NullMarked;
