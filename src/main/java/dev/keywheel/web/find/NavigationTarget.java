package dev.keywheel.web.find;

import static dev.keywheel.web.security.RequiredRole.ADMIN;
import static dev.keywheel.web.security.RequiredRole.OPERATOR;
import static dev.keywheel.web.security.RequiredRole.VIEWER;

import dev.keywheel.web.page.Section;
import dev.keywheel.web.page.SettingsTab;
import dev.keywheel.web.security.RequiredRole;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * A page, or an action as a link to its page.
 *
 * @param keywords further search terms
 */
record NavigationTarget(
    String label, String keywords, String path, String icon, RequiredRole access) {
  static final List<NavigationTarget> PAGES =
      Stream.of(sections(), others(), settings()).flatMap(places -> places).toList();

  static final List<NavigationTarget> ACTIONS =
      List.of(
          target("Add keys", "import paste file", "/keys/new", "plus", OPERATOR),
          target("New article", "generate write start run", "/articles/new", "plus", OPERATOR),
          target("Create token", "access api gateway", "/gateway/tokens", "plus", ADMIN),
          target(
              "Paste replacements",
              "replace failed rejected secrets",
              "/keys/replacements",
              "keys",
              OPERATOR),
          target(
              "Change password or time zone",
              "account sessions passkey",
              SettingsTab.ACCOUNT.path(),
              "settings",
              VIEWER),
          target(
              "Test all limited and failed keys",
              "recover check",
              "/recovery",
              "recovery",
              OPERATOR),
          target("Download log", "text file", "/log.txt", "download", VIEWER));

  private static Stream<NavigationTarget> sections() {
    return Arrays.stream(Section.values())
        .map(it -> target(it.label(), "", it.path(), it.icon(), VIEWER));
  }

  private static Stream<NavigationTarget> others() {
    return Stream.of(
        target("Runs", "articles", "/runs", "clock", VIEWER),
        target("Models", "gateway aliases", "/gateway/models", "gateway", VIEWER),
        target("Trash", "deleted keys restore", "/keys/trash", "trash", VIEWER),
        target("Article trash", "deleted restore", "/articles/trash", "trash", VIEWER),
        target("Saved views", "keys filter order", "/keys/views", "keys", VIEWER),
        target("Help", "shortcuts version", "/help", "search", VIEWER));
  }

  private static Stream<NavigationTarget> settings() {
    return Arrays.stream(SettingsTab.values())
        .filter(it -> it != SettingsTab.GENERAL)
        .map(
            it ->
                target(
                    "Settings: " + it.label(),
                    "",
                    it.path(),
                    Section.SETTINGS.icon(),
                    it.access()));
  }

  private static NavigationTarget target(
      String label, String keywords, String path, String icon, RequiredRole access) {
    return new NavigationTarget(label, keywords, path, icon, access);
  }

  Hit hit() {
    return new Hit(label, "", icon, path);
  }
}
