/** Search over pages, actions, keys, articles and runs. */
@NullMarked
package dev.keywheel.web.find;

import org.jspecify.annotations.NullMarked;
