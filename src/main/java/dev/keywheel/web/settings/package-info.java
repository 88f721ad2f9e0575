/**
 * The settings of a workspace, its members, the user's account. Also the reference example of a
 * screen: {@code SettingsRoutes} reads the request and calls services; {@code GeneralPage} is the
 * model of the template.
 */
@NullMarked
package dev.keywheel.web.settings;

import org.jspecify.annotations.NullMarked;
