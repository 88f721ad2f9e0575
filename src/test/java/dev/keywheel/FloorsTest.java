package dev.keywheel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Packages stand on floors: a package uses only what lies on lower ones, so that every part can be
 * read, and taken out, without those above it. A screen ({@code web.keys}) knows no other screen.
 */
class FloorsTest {
  private static final int SCREENS = 90;

  /** An article's own parts stand on stairs between two floors. */
  private static final Map<String, Integer> FLOORS =
      Map.ofEntries(
          Map.entry("", 100),
          Map.entry("web", 80),
          Map.entry("article", 77),
          Map.entry("article.export", 76),
          Map.entry("article.run", 75),
          Map.entry("article.page", 74),
          Map.entry("article.operation", 74),
          Map.entry("article.tool", 73),
          Map.entry("article.plan", 72),
          Map.entry("article.reply", 71),
          Map.entry("article.text", 70),
          Map.entry("rotation", 60),
          Map.entry("assignment", 50),
          Map.entry("recovery", 40),
          Map.entry("key", 30),
          Map.entry("provider", 20),
          Map.entry("log", 20),
          Map.entry("sandbox.server", 23),
          Map.entry("sandbox.content", 22),
          Map.entry("sandbox.faults", 21),
          Map.entry("sandbox.base", 20),
          Map.entry("retention", 15),
          Map.entry("secret", 10),
          Map.entry("people", 10),
          Map.entry("settings", 10),
          Map.entry("job", 10),
          Map.entry("config", 10),
          Map.entry("db", 5),
          Map.entry("problem", 0),
          Map.entry("time", 0));

  /** Imports, static imports and names written out in the code. */
  private static final Pattern USE =
      Pattern.compile("\\bdev\\.keywheel((?:\\.[a-z][a-z0-9_]*)*)\\.[A-Z*]");

  @Test
  void every_package_stands_on_a_floor() {
    var unknown = new TreeSet<String>();
    SourceFile.under(SourceFile.MAIN).stream()
        .map(SourceFile::packageName)
        .filter(name -> floor(name) < 0)
        .forEach(unknown::add);
    assertEquals(new TreeSet<>(), unknown);
  }

  @Test
  void a_package_uses_only_lower_floors() {
    assertEquals(
        List.of(),
        SourceFile.under(SourceFile.MAIN).stream().flatMap(FloorsTest::violations).toList());
  }

  @Test
  void only_the_composition_knows_the_stand_in() {
    var users =
        SourceFile.under(SourceFile.MAIN).stream()
            .filter(file -> !file.packageName().startsWith("sandbox"))
            .filter(file -> used(file).stream().anyMatch(name -> name.startsWith("sandbox")))
            .map(SourceFile::packageName)
            .distinct()
            .toList();
    assertTrue(users.stream().allMatch(String::isEmpty), users::toString);
  }

  @Test
  void the_rule_sees_imports_static_imports_and_names_written_out() {
    for (String line :
        List.of(
            "import dev.keywheel.web.Page;",
            "import static dev.keywheel.web.Page.of;",
            "import dev.keywheel.web.*;",
            "var x = dev.keywheel.web.keys.KeysPage.of();")) {
      assertFalse(violations(in("key", line)).toList().isEmpty(), line);
    }
    assertEquals(List.of(), violations(in("key", "// dev.keywheel.web.Page")).toList());
    assertEquals(List.of(), violations(in("key", "var s = \"dev.keywheel.web.Page\";")).toList());
    assertEquals(
        List.of(), violations(in("key", "import dev.keywheel.db.schema.Tables;")).toList());
  }

  @Test
  void the_rule_sees_neighbours() {
    assertEquals(1, violations(in("log", "import dev.keywheel.provider.Usage;")).count());
    assertEquals(1, violations(in("web/keys", "import dev.keywheel.web.log.LogPage;")).count());
    assertEquals(0, violations(in("web/keys", "import dev.keywheel.web.Page;")).count());
    assertEquals(0, violations(in("web/keys", "import dev.keywheel.web.keys.KeysPage;")).count());
    assertEquals(1, violations(in("web", "import dev.keywheel.web.keys.KeysPage;")).count());
  }

  private static SourceFile in(String folder, String line) {
    return new SourceFile(Path.of("src/main/java/dev/keywheel", folder, "A.java"), line);
  }

  private static Stream<String> violations(SourceFile file) {
    String user = file.packageName();
    return used(file).stream()
        .filter(used -> !used.equals(user) && floor(used) >= floor(user))
        .map(used -> file.place() + " uses " + (used.isEmpty() ? "the composition" : used));
  }

  private static TreeSet<String> used(SourceFile file) {
    var used = new TreeSet<String>();
    USE.matcher(file.code()).results().map(FloorsTest::packageOf).forEach(used::add);
    return used;
  }

  /** Generated code belongs to the package it is made for. */
  private static String packageOf(MatchResult use) {
    String below = use.group(1).isEmpty() ? "" : use.group(1).substring(1);
    return below.startsWith("db.schema") ? "db" : below;
  }

  /** -1 when the package has none. */
  private static int floor(String name) {
    return name.startsWith("web.") ? SCREENS : FLOORS.getOrDefault(name, -1);
  }
}
