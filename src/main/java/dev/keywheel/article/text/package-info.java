/**
 * Renders Markdown as safe HTML, counts words and measures overlap. Pure.
 *
 * <p>The packages of {@code article} form one layer. Inside it their order, from the lowest, is:
 * {@code text}, {@code reply}, {@code plan}, {@code tool}, {@code operation}, {@code page}, {@code
 * run.model}, {@code store}, {@code run.engine}, {@code export}, {@code edit}, {@code view}, and
 * {@code article} itself. A package imports only from packages before it.
 */
@NullMarked
package dev.keywheel.article.text;

import org.jspecify.annotations.NullMarked;
