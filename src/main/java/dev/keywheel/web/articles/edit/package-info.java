/** Editing an article where it is read: its blocks and its fields. */
@NullMarked
package dev.keywheel.web.articles.edit;

import org.jspecify.annotations.NullMarked;
