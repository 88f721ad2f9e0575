/**
 * The settings, members and audit log of a workspace, and the user's account. This package is also
 * the reference example of a screen: {@code SettingsRoutes} reads the request and calls services;
 * {@code GeneralPage} is the model of the template.
 */
@NullMarked
package dev.keywheel.web.settings;

import org.jspecify.annotations.NullMarked;
