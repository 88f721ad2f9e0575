/**
 * The settings of a workspace, its people, one's own account. Also the example of how a screen is
 * made: {@code SettingsRoutes} reads, calls, answers; {@code GeneralPage} is what the template
 * shows.
 */
@NullMarked
package dev.keywheel.web.settings;

import org.jspecify.annotations.NullMarked;
