/** Editing an article where it is read: its blocks, its fields and its picture. */
@NullMarked
package dev.keywheel.web.articles.edit;

import org.jspecify.annotations.NullMarked;
