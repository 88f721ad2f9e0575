package dev.keywheel.web.page;

/** The settings pages, in order. */
public enum SettingsTab {
  GENERAL("General", "/settings"),
  PEOPLE("People", "/settings/people"),
  ENCRYPTION("Encryption", "/settings/encryption"),
  RECORD("Audit log", "/settings/record"),
  ACCOUNT("Account", "/settings/account");

  private final String label;
  private final String path;

  SettingsTab(String label, String path) {
    this.label = label;
    this.path = path;
  }

  public String label() {
    return label;
  }

  /** Whether only administrators see it. */
  public boolean forAdmins() {
    return switch (this) {
      case PEOPLE, ENCRYPTION, RECORD -> true;
      case GENERAL, ACCOUNT -> false;
    };
  }

  public String path() {
    return path;
  }
}
