package dev.keywheel.web.find;

import dev.keywheel.web.page.Section;
import dev.keywheel.web.page.SettingsTab;
import dev.keywheel.web.security.RequiredRole;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * A page, or the page of an action.
 *
 * @param words further search terms
 */
record NavigationTarget(String label, String words, String path, String icon, RequiredRole access) {
  static final List<NavigationTarget> PAGES =
      Stream.of(sections(), others(), settings()).flatMap(places -> places).toList();

  static final List<NavigationTarget> ACTIONS =
      List.of(
          new NavigationTarget(
              "Add keys", "import paste file", "/keys/new", "plus", RequiredRole.OPERATOR),
          new NavigationTarget(
              "New article",
              "generate write start run",
              "/articles/new",
              "plus",
              RequiredRole.OPERATOR),
          new NavigationTarget(
              "Create token", "access api gateway", "/gateway/tokens", "plus", RequiredRole.ADMIN),
          new NavigationTarget(
              "Paste replacements",
              "replace failed rejected secrets",
              "/keys/replacements",
              "keys",
              RequiredRole.OPERATOR),
          new NavigationTarget(
              "Change password or time zone",
              "account sessions passkey",
              SettingsTab.ACCOUNT.path(),
              "settings",
              RequiredRole.VIEWER),
          new NavigationTarget(
              "Test all limited and failed keys",
              "recover check",
              "/recovery",
              "recovery",
              RequiredRole.OPERATOR),
          new NavigationTarget(
              "Download log", "text file", "/log.txt", "download", RequiredRole.VIEWER));

  private static Stream<NavigationTarget> sections() {
    return Arrays.stream(Section.values())
        .map(it -> new NavigationTarget(it.label(), "", it.path(), it.icon(), RequiredRole.VIEWER));
  }

  private static Stream<NavigationTarget> others() {
    return Stream.of(
        new NavigationTarget("Runs", "articles", "/runs", "clock", RequiredRole.VIEWER),
        new NavigationTarget(
            "Models", "gateway aliases", "/gateway/models", "gateway", RequiredRole.VIEWER),
        new NavigationTarget(
            "Trash", "deleted keys restore", "/keys/trash", "trash", RequiredRole.VIEWER),
        new NavigationTarget(
            "Article trash", "deleted restore", "/articles/trash", "trash", RequiredRole.VIEWER),
        new NavigationTarget(
            "Saved views", "keys filter order", "/keys/views", "keys", RequiredRole.VIEWER),
        new NavigationTarget("Help", "shortcuts version", "/help", "search", RequiredRole.VIEWER));
  }

  private static Stream<NavigationTarget> settings() {
    return Arrays.stream(SettingsTab.values())
        .filter(it -> it != SettingsTab.GENERAL)
        .map(
            it ->
                new NavigationTarget(
                    "Settings: " + it.label(),
                    "",
                    it.path(),
                    Section.SETTINGS.icon(),
                    it.access()));
  }

  Hit hit() {
    return new Hit(label, "", icon, path);
  }
}
