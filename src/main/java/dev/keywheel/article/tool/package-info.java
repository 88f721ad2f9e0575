/**
 * The tool of a page: its document and manifest, static rules, browser test, and the choice between
 * two versions. Generated code runs only in a sandboxed browser.
 */
@NullMarked
package dev.keywheel.article.tool;

import org.jspecify.annotations.NullMarked;
