/**
 * The content of the sandbox's answers: plans, sections, tools, guides, FAQ answers and covers,
 * from text resources.
 */
@NullMarked
package dev.keywheel.sandbox.content;

import org.jspecify.annotations.NullMarked;
