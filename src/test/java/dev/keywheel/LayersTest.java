package dev.keywheel;

import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Packages are layered: a package uses only lower ones, so that every part can be read, and
 * removed, without those above it. A screen ({@code web.keys}) uses no other screen.
 */
class LayersTest {
  /** Lowest first. Packages of one layer do not use each other. */
  private static final List<Set<String>> LAYERS =
      List.of(
          Set.of("problem", "time"),
          Set.of("db", "net"),
          Set.of("db.embedded", "db.query"),
          Set.of("config", "job", "people.audit.event", "people.identity", "secret", "settings"),
          Set.of("people.audit", "people.factor", "secret.shape"),
          Set.of("people"),
          Set.of("people.secondfactor"),
          Set.of("provider.limit", "retention"),
          Set.of("provider", "sandbox.base"),
          Set.of("provider.http", "sandbox.faults"),
          Set.of("provider.classify", "provider.socket", "sandbox.content", "sandbox.protocol"),
          Set.of("provider.openrouter", "sandbox.server"),
          Set.of("key.state"),
          Set.of("run", "usage"),
          Set.of("key.pool", "log"),
          Set.of("key.imports", "key.search"),
          Set.of("key.edit"),
          Set.of("recovery.store"),
          Set.of("recovery.batch"),
          Set.of("recovery"),
          Set.of("assignment"),
          Set.of("rotation.pause"),
          Set.of("rotation"),
          Set.of("gateway.peek", "gateway.stream", "gateway.token"),
          Set.of("gateway.ledger", "gateway.model"),
          Set.of("gateway.http", "gateway.seat"),
          Set.of("gateway.call"),
          Set.of("gateway"),
          Set.of("article.text"),
          Set.of("article.reply"),
          Set.of("article.plan"),
          Set.of("article.tool"),
          Set.of("article.tool.browser", "article.tool.rules"),
          Set.of("article.tool.judge", "article.operation.conversation"),
          Set.of("article.operation.text"),
          Set.of("article.operation.image", "article.operation.plan", "article.operation.tool"),
          Set.of("article.page"),
          Set.of("article.run.model"),
          Set.of("article.store"),
          Set.of("article.run.engine"),
          Set.of("article.export"),
          Set.of("article.edit"),
          Set.of("article.view"),
          Set.of("article"),
          Set.of("web.security"),
          Set.of("web.page"),
          Set.of("web.form"),
          Set.of("web.server"),
          Set.of("web.secondfactor"),
          Set.of("web.keys.list"),
          Set.of("web.keys.imports"),
          Set.of(
              "web.articles",
              "web.dashboard",
              "web.find",
              "web.gateway",
              "web.help",
              "web.keys",
              "web.log",
              "web.recovery",
              "web.runs",
              "web.session",
              "web.settings",
              "web.setup",
              "web.usage",
              "web.workspaces"),
          Set.of("web.articles.edit"),
          Set.of(""));

  /**
   * Packages that may read, but not write, a table of another package. {@code article.view} and
   * {@code recovery.store}: a page of runs or tests is one query in the order of an index, joined
   * with the title or the key's name. {@code key.search}: filters keys by the tests of a batch.
   * {@code gateway.token}: whether the token's workspace is archived. {@code log}: whether a batch
   * still writes.
   */
  private static final Map<String, Set<String>> READERS =
      Map.of(
          "article.view", Set.of("RUNS", "OPERATIONS", "ATTEMPTS"),
          "gateway.token", Set.of("WORKSPACES"),
          "recovery.store", Set.of("API_KEYS"),
          "key.search", Set.of("KEY_TESTS", "RECOVERIES"),
          "log", Set.of("RECOVERIES"));

  private static final Pattern TABLE =
      Pattern.compile("import static dev\\.keywheel\\.db\\.schema\\.Tables\\.(\\w+);");

  private static final Pattern JOOQ_WRITE =
      Pattern.compile("\\b(?:insertInto|update|deleteFrom)\\(\\s*([A-Z_]+)\\b");

  private static final Pattern SQL_WRITE =
      Pattern.compile(
          "\\b(?:insert into|update|delete from) ([a-z]+(?:_[a-z]+)*)(?= (?:set|where|[a-z])\\b|"
              + " ?\\()");

  /** Imports, static imports and qualified names in the code. */
  private static final Pattern USE =
      Pattern.compile("\\bdev\\.keywheel((?:\\.[a-z][a-z0-9_]*)*)\\.[A-Z*]");

  @Test
  void every_package_belongs_to_a_layer() {
    var unknown = new TreeSet<String>();
    SourceFile.under(SourceFile.MAIN).stream()
        .map(SourceFile::packageName)
        .filter(name -> layer(name) < 0)
        .forEach(unknown::add);
    assertThat(unknown).isEqualTo(new TreeSet<>());
  }

  @Test
  void a_package_uses_only_lower_layers() {
    assertThat(SourceFile.under(SourceFile.MAIN).stream().flatMap(LayersTest::violations).toList())
        .isEmpty();
  }

  @Test
  void only_the_composition_imports_the_sandbox() {
    var users =
        SourceFile.under(SourceFile.MAIN).stream()
            .filter(file -> !file.packageName().startsWith("sandbox"))
            .filter(file -> used(file).stream().anyMatch(name -> name.startsWith("sandbox")))
            .map(SourceFile::packageName)
            .distinct()
            .toList();
    assertThat(users.stream().allMatch(String::isEmpty)).as(users::toString).isTrue();
  }

  @Test
  void articles_and_the_gateway_do_not_import_each_other() {
    for (String[] packages : new String[][] {{"article", "gateway"}, {"gateway", "article"}}) {
      assertThat(
              SourceFile.under(SourceFile.MAIN).stream()
                  .filter(file -> topLevelPackage(file).equals(packages[0]))
                  .filter(
                      file -> used(file).stream().anyMatch(name -> name.startsWith(packages[1])))
                  .map(SourceFile::place)
                  .toList())
          .isEmpty();
    }
  }

  @Test
  void the_rule_finds_imports_static_imports_and_qualified_names() {
    for (String line :
        List.of(
            "import dev.keywheel.web.page.Page;",
            "import static dev.keywheel.web.page.Page.of;",
            "import dev.keywheel.web.page.*;",
            "var x = dev.keywheel.web.keys.KeysPage.of();")) {
      assertThat(violations(in("key/pool", line)).toList().isEmpty()).as(line).isFalse();
    }
    assertThat(violations(in("key/pool", "// dev.keywheel.web.page.Page")).toList()).isEmpty();
    assertThat(violations(in("key/pool", "var s = \"dev.keywheel.web.page.Page\";")).toList())
        .isEmpty();
    assertThat(violations(in("key/pool", "import dev.keywheel.db.schema.Tables;")).toList())
        .isEmpty();
  }

  @Test
  void the_rule_finds_imports_between_packages_of_one_layer() {
    assertThat(violations(in("log", "import dev.keywheel.key.pool.KeyPool;")).count()).isEqualTo(1);
    assertThat(violations(in("web/keys", "import dev.keywheel.web.log.LogPage;")).count())
        .isEqualTo(1);
    assertThat(violations(in("web/keys", "import dev.keywheel.web.page.Page;")).count())
        .isEqualTo(0);
    assertThat(violations(in("web/keys", "import dev.keywheel.web.keys.KeysPage;")).count())
        .isEqualTo(0);
    assertThat(violations(in("web/page", "import dev.keywheel.web.keys.KeysPage;")).count())
        .isEqualTo(1);
  }

  @Test
  void a_table_has_one_owner() {
    var owners = new TreeMap<String, Set<String>>();
    for (var file : SourceFile.under(SourceFile.MAIN)) {
      tables(file).stream()
          .filter(table -> !READERS.getOrDefault(file.packageName(), Set.of()).contains(table))
          .forEach(
              table ->
                  owners.computeIfAbsent(table, _ -> new TreeSet<>()).add(topLevelPackage(file)));
      written(file)
          .forEach(
              table ->
                  owners.computeIfAbsent(table, _ -> new TreeSet<>()).add(topLevelPackage(file)));
    }
    owners.values().removeIf(packages -> packages.size() == 1);
    assertThat(owners).isEmpty();
  }

  @Test
  void the_rule_finds_tables_in_imports_and_writes_in_sql() {
    var reading = in("article/view", "import static dev.keywheel.db.schema.Tables.RUNS;");
    assertThat(tables(reading)).isEqualTo(Set.of("RUNS"));
    assertThat(written(reading)).isEmpty();
    var writing =
        "var a = RUNS; tx.dsl().update(RUNS).set(a, b); tx.execute(\"delete from parts x\");";
    assertThat(written(in("article/view", writing))).isEqualTo(Set.of("RUNS", "PARTS"));
  }

  private static Set<String> tables(SourceFile file) {
    return TABLE
        .matcher(file.code())
        .results()
        .map(use -> use.group(1))
        .collect(toCollection(TreeSet::new));
  }

  /** Tables that jOOQ or a statement in a string writes. */
  private static Set<String> written(SourceFile file) {
    return Stream.of(JOOQ_WRITE.matcher(file.code()), SQL_WRITE.matcher(file.text()))
        .flatMap(Matcher::results)
        .map(use -> use.group(1).toUpperCase(Locale.ROOT))
        .collect(toCollection(TreeSet::new));
  }

  private static String topLevelPackage(SourceFile file) {
    return file.packageName().split("\\.")[0];
  }

  private static SourceFile in(String folder, String line) {
    return new SourceFile(Path.of("src/main/java/dev/keywheel", folder, "A.java"), line);
  }

  private static Stream<String> violations(SourceFile file) {
    String user = file.packageName();
    return used(file).stream()
        .filter(used -> !used.equals(user) && layer(used) >= layer(user))
        .map(used -> file.place() + " uses " + (used.isEmpty() ? "the composition" : used));
  }

  private static TreeSet<String> used(SourceFile file) {
    var used = new TreeSet<String>();
    USE.matcher(file.code()).results().map(LayersTest::packageOf).forEach(used::add);
    return used;
  }

  /** Generated code belongs to the package for which it is generated. */
  private static String packageOf(MatchResult use) {
    String below = use.group(1).isEmpty() ? "" : use.group(1).substring(1);
    return below.startsWith("db.schema") ? "db" : below;
  }

  /** -1 for a package without a layer. */
  private static int layer(String name) {
    for (int i = 0; i < LAYERS.size(); i++) {
      if (LAYERS.get(i).contains(name)) {
        return i;
      }
    }
    return -1;
  }
}
