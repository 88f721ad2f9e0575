package dev.keywheel.people.factor;

import dev.keywheel.db.Tx;
import dev.keywheel.settings.SettingsStore;

/**
 * The rules for signing in, which apply to all workspaces.
 *
 * @param secondFactorForAdmins whether administrators without a second factor can only set one up
 */
public record SignInRules(boolean secondFactorForAdmins) {
  public static final String NAME = "sign-in";

  /** The form field for {@link #secondFactorForAdmins}. */
  public static final String FOR_ADMINS = "secondFactorForAdmins";

  public static final SignInRules DEFAULT = new SignInRules(false);

  public static SignInRules of(SettingsStore settings) {
    return settings.readInstance(NAME, SignInRules.class, DEFAULT);
  }

  public static SignInRules of(SettingsStore settings, Tx tx) {
    return settings.readInstance(tx, NAME, SignInRules.class, DEFAULT);
  }
}
