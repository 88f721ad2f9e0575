/**
 * What the sandbox writes: plans, sections, tools, guides, answers and covers, from text resources.
 */
@NullMarked
package dev.keywheel.sandbox.content;

import org.jspecify.annotations.NullMarked;
