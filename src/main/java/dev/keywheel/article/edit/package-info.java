/** Commands on articles: edit parts, publish, regenerate, versions. */
@NullMarked
package dev.keywheel.article.edit;

import org.jspecify.annotations.NullMarked;
