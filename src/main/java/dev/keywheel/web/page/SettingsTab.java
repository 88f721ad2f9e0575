package dev.keywheel.web.page;

import dev.keywheel.web.security.RequiredRole;

/** The settings pages, in order. */
public enum SettingsTab {
  GENERAL("General", "/settings", RequiredRole.VIEWER),
  PEOPLE("People", "/settings/people", RequiredRole.ADMIN),
  ENCRYPTION("Encryption", "/settings/encryption", RequiredRole.INSTANCE_ADMIN),
  WORKSPACES("Workspaces", "/settings/workspaces", RequiredRole.INSTANCE_ADMIN),
  AUDIT("Audit log", "/settings/audit", RequiredRole.ADMIN),
  ACCOUNT("Account", "/settings/account", RequiredRole.VIEWER);

  private final String label;
  private final String path;
  private final RequiredRole access;

  SettingsTab(String label, String path, RequiredRole access) {
    this.label = label;
    this.path = path;
    this.access = access;
  }

  public String label() {
    return label;
  }

  public RequiredRole access() {
    return access;
  }

  public String path() {
    return path;
  }
}
