/**
 * Extracts usable content from the reply of a model: code fences, JSON, blocks, continuations.
 * Pure; every repair is reported.
 */
@NullMarked
package dev.keywheel.article.reply;

import org.jspecify.annotations.NullMarked;
