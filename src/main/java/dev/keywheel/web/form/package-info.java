/** Reads and validates forms, bounds request sizes, keeps a form over a sign-in. */
@NullMarked
package dev.keywheel.web.form;

import org.jspecify.annotations.NullMarked;
