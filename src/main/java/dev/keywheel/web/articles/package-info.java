/**
 * Articles: the form that starts one, the list, one to read, edit and take away, and its tool in a
 * frame.
 */
@NullMarked
package dev.keywheel.web.articles;

import org.jspecify.annotations.NullMarked;
