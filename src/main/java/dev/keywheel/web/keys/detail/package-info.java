/** The page of one key: facts, history, deep test, secret, deletion. */
@NullMarked
package dev.keywheel.web.keys.detail;

import org.jspecify.annotations.NullMarked;
