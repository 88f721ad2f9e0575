/**
 * Operations that write sections, guides and questions with answers, and the rules for their
 * content.
 */
@NullMarked
package dev.keywheel.article.operation.text;

import org.jspecify.annotations.NullMarked;
