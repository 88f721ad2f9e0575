/** Tests a tool in a headless browser over the DevTools protocol. */
@NullMarked
package dev.keywheel.article.tool.browser;

import org.jspecify.annotations.NullMarked;
