/** Forms that edit the blocks and fields of an article. */
@NullMarked
package dev.keywheel.web.articles.edit;

import org.jspecify.annotations.NullMarked;
