/**
 * Operations that write the sections, the guide and the answers of the FAQ, and the rules for their
 * content.
 */
@NullMarked
package dev.keywheel.article.operation.text;

import org.jspecify.annotations.NullMarked;
