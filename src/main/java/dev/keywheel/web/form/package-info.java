/** Reads and validates forms, limits request sizes, and keeps a form through a sign-in. */
@NullMarked
package dev.keywheel.web.form;

import org.jspecify.annotations.NullMarked;
