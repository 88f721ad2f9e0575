package dev.keywheel.people.factor;

import dev.keywheel.db.Tx;
import dev.keywheel.settings.SettingsStore;

/**
 * The settings of the sign-in, which apply to all workspaces.
 *
 * @param secondFactorForAdmins whether administrators without a second factor can only set one up
 */
public record SignInSettings(boolean secondFactorForAdmins) {
  public static final String NAME = "sign-in";

  /** The form field for {@link #secondFactorForAdmins}. */
  public static final String FOR_ADMINS = "secondFactorForAdmins";

  public static final SignInSettings DEFAULT = new SignInSettings(false);

  public static SignInSettings of(SettingsStore settings) {
    return settings.readInstance(NAME, SignInSettings.class, DEFAULT);
  }

  public static SignInSettings of(SettingsStore settings, Tx tx) {
    return settings.readInstance(tx, NAME, SignInSettings.class, DEFAULT);
  }
}
