/** The image operation: prompt and conversation with an image model. */
@NullMarked
package dev.keywheel.article.operation.image;

import org.jspecify.annotations.NullMarked;
