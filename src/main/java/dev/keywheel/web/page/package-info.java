/** Building blocks of pages: layout, metadata, paging, times, numbers, URLs, the wheel as SVG. */
@NullMarked
package dev.keywheel.web.page;

import org.jspecify.annotations.NullMarked;
