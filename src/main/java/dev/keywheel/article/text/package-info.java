/**
 * Text: from markdown to safe HTML, words counted, overlap measured. Pure.
 *
 * <p>The family {@code article} stands on one floor; inside it the order is, from the lowest:
 * {@code text}, {@code reply}, {@code plan}, {@code tool}, {@code operation}, {@code page}, {@code
 * export}, {@code run}, and {@code article} itself on top. A package imports only from those before
 * it.
 */
@NullMarked
package dev.keywheel.article.text;

import org.jspecify.annotations.NullMarked;
