/**
 * Operations that write the sections, the guide and the answers of the FAQ. Each checks the length
 * and the repetition of its own blocks; {@link ContentRules} finds what no text may contain.
 */
@NullMarked
package dev.keywheel.article.operation.text;

import org.jspecify.annotations.NullMarked;
