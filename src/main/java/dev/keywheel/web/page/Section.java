package dev.keywheel.web.page;

import java.util.Locale;

/** The entries of the main navigation, in order. Names and URLs are a public interface. */
public enum Section {
  DASHBOARD("Dashboard", "/"),
  KEYS("Keys", "/keys"),
  ARTICLES("Articles", "/articles"),
  GATEWAY("Gateway", "/gateway/requests"),
  RECOVERY("Recovery", "/recovery"),
  USAGE("Usage", "/usage"),
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

  public String icon() {
    return label.toLowerCase(Locale.ROOT);
  }

  public String path() {
    return path;
  }

  /** The second key of the shortcut {@code g} + letter. */
  public String letter() {
    return label.substring(0, 1).toLowerCase(Locale.ROOT);
  }
}
