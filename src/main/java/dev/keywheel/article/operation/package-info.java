/**
 * The eight operations: what each asks a model, how its answer is read, judged, mended and asked
 * for again. Pure but for {@link dev.keywheel.article.operation.Conversation}, which carries the
 * questions to a caller that it is given.
 */
@NullMarked
package dev.keywheel.article.operation;

import org.jspecify.annotations.NullMarked;
