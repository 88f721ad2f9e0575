/** The first page: the pool at a glance, what the next run would get, what needs a person. */
@NullMarked
package dev.keywheel.web.dashboard;

import org.jspecify.annotations.NullMarked;
