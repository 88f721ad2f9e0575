package dev.keywheel.web;

/** The pages of the settings, in order. */
public enum SettingsTab {
  GENERAL("General", "/settings"),
  PEOPLE("People", "/settings/people"),
  ENCRYPTION("Encryption", "/settings/encryption"),
  ACCOUNT("My account", "/settings/account");

  private final String label;
  private final String path;

  SettingsTab(String label, String path) {
    this.label = label;
    this.path = path;
  }

  public String label() {
    return label;
  }

  public String path() {
    return path;
  }
}
