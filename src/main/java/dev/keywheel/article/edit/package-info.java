/** Changes of articles by users: edits, versions, regeneration, publication and trash. */
@NullMarked
package dev.keywheel.article.edit;

import org.jspecify.annotations.NullMarked;
