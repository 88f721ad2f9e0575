/** Building blocks of pages: layout, metadata, paging, times, numbers, URLs and the wheel. */
@NullMarked
package dev.keywheel.web.page;

import org.jspecify.annotations.NullMarked;
