/**
 * The tool of a page: its document, what it promises in its manifest, the rules it is held to, its
 * test in a real browser, and which of two versions is taken. Nothing here runs model-made code
 * outside of a sandboxed browser.
 */
@NullMarked
package dev.keywheel.article.tool;

import org.jspecify.annotations.NullMarked;
