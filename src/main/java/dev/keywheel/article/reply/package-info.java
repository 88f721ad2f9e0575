/**
 * From what a model sent to what can be used of it: fences, JSON, blocks, joints. Pure; every
 * repair is named.
 */
@NullMarked
package dev.keywheel.article.reply;

import org.jspecify.annotations.NullMarked;
