package dev.keywheel.web.page;

import java.util.Locale;

/** The entries of the main navigation, in order. Names and addresses are an interface. */
public enum Section {
  DASHBOARD("Dashboard", "/"),
  KEYS("Keys", "/keys"),
  ARTICLES("Articles", "/articles"),
  RECOVERY("Recovery", "/recovery"),
  LOG("Log", "/log"),
  SETTINGS("Settings", "/settings");

  private final String label;
  private final String path;

  Section(String label, String path) {
    this.label = label;
    this.path = path;
  }

  public String label() {
    return label;
  }

  /** The icon of the entry, for {@code component/icon}. */
  public String icon() {
    return label.toLowerCase(Locale.ROOT);
  }

  public String path() {
    return path;
  }

  /** What is typed after a {@code g} to go there. */
  public String letter() {
    return label.substring(0, 1).toLowerCase(Locale.ROOT);
  }
}
