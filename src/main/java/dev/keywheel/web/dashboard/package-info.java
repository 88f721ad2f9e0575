/** The dashboard: pool counts, the wheel, the next run, alerts, latest runs and articles. */
@NullMarked
package dev.keywheel.web.dashboard;

import org.jspecify.annotations.NullMarked;
