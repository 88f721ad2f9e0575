package dev.keywheel.web.find;

import dev.keywheel.web.Access;
import dev.keywheel.web.Section;
import dev.keywheel.web.SettingsTab;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * A page, or the page on which something is done.
 *
 * @param words other words by which somebody may look for it
 * @param access who may open it
 */
record Place(String label, String words, String path, String icon, Access access) {
  static final List<Place> PAGES =
      Stream.of(sections(), others(), settings()).flatMap(places -> places).toList();

  static final List<Place> ACTIONS =
      List.of(
          new Place("Add keys", "import paste file", "/keys/new", "plus", Access.OPERATOR),
          new Place(
              "New article", "generate write start run", "/articles/new", "plus", Access.OPERATOR),
          new Place(
              "Test all limited and failed keys",
              "recover check",
              "/recovery",
              "recovery",
              Access.OPERATOR),
          new Place("Download log", "text file", "/log.txt", "download", Access.VIEWER));

  private static Stream<Place> sections() {
    return Arrays.stream(Section.values())
        .map(it -> new Place(it.label(), "", it.path(), it.icon(), Access.VIEWER));
  }

  private static Stream<Place> others() {
    return Stream.of(
        new Place("Runs", "articles", "/runs", "clock", Access.VIEWER),
        new Place("Trash", "deleted keys restore", "/keys/trash", "trash", Access.VIEWER));
  }

  private static Stream<Place> settings() {
    return Arrays.stream(SettingsTab.values())
        .filter(it -> it != SettingsTab.GENERAL)
        .map(
            it ->
                new Place(
                    "Settings: " + it.label(),
                    "",
                    it.path(),
                    Section.SETTINGS.icon(),
                    it.forAdmins() ? Access.ADMIN : Access.VIEWER));
  }

  Hit hit() {
    return new Hit(label, "", icon, path);
  }
}
