package dev.keywheel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Patterns that the code must not contain for security reasons. */
class SecurityRulesTest {
  private static final String LITERAL = "(?:\"{3}[\\s\\S]*?\"{3}|\"(?:[^\"\\\\]|\\\\.)*+\")";

  private static final String CONSTANT = "(?:[A-Z]\\w*\\.)*+[A-Z][A-Z0-9_]*+(?![\\w.(])";

  /**
   * A call that takes SQL, up to the first part of its text that is neither a literal nor a
   * constant.
   */
  private static final String CONCATENATED =
      "(?:\\.(?:fetch|execute|query|resultQuery|condition|field|sql|prepareStatement)\\w*|\\bSql\\.of|\\bnew Sql)"
          + "\\(\\s*+(?:(?:(?:L|C)\\s*+\\+\\s*+)++(?!\"|C)|[\\w.]+\\s*+\\+\\s*+(?!\")|(?:L|[\\w.]+?)\\s*+\\.concat\\()"
              .replace("L", LITERAL)
              .replace("C", CONSTANT);

  /** Does not match parts that are statements themselves, nor a choice between literals. */
  private static final String NOT_CONSTANT =
      "\\bnew Sql\\(\\s*+(?!\"|(?:[A-Z]\\w*\\.)*+[A-Z][A-Z0-9_]*+\\s*+,)"
          + "|\\bSql\\.of\\(\\s*+(?!Sql\\.of\\(|switch\\b|parts\\.(?:toArray|isEmpty)\\()(?:\\w+\\.)*+[a-z]\\w*+\\s*+[,().]";

  @Test
  void programs_are_started_for_the_browser_and_the_embedded_database_only() {
    assertThat(placesOf("\\bnew ProcessBuilder\\b|Runtime\\.getRuntime\\(\\)\\s*\\.exec\\b"))
        .allMatch(
            place -> place.startsWith("article/tool/browser/") || place.startsWith("db/embedded/"));
  }

  /** The statements of JDBC and of jOOQ that take SQL as text. */
  @Test
  void no_statement_is_concatenated_from_texts() {
    assertThat(placesOf(CONCATENATED))
        .as("concatenates only numbers")
        .containsOnly("key/pool/KeyCandidates");
    assertThat(placesOf(NOT_CONSTANT))
        .as("texts that are not constants")
        .containsOnly("db/query/Sql");
    assertThat(
            placesOf("\\b(?:select|update|delete|insert|where|order by)\\b[^\"]*%(?:\\d\\$)?[sd]"))
        .as("constants of these classes; names of schemas and roles")
        .containsOnly(
            "db/ApplicationRights",
            "db/TrigramIndexes",
            "gateway/ledger/GatewayRows",
            "gateway/ledger/NodeLiveness",
            "key/pool/KeyInserts",
            "key/pool/KeyNames",
            "key/pool/KeySecretWriter",
            "key/pool/KeyStateWriter",
            "key/pool/LockWaiters",
            "key/search/KeyHistoryRetention");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "dsl.fetch(\"select \" + column)",
        "dsl.fetch(\"select \"\n    + \"id from \"\n    + table)",
        "dsl.execute(\"\"\"\n select \"id\" \"\"\" + where)",
        "dsl.query(\"select \\\"id\\\" \" + where)",
        "Sql.of(Texts.SELECT + where)",
        "dsl.fetch(SELECT + \" where name = '\" + name + \"'\")",
        "Sql.of(SELECT + \" where x = \" + y)",
        "Sql.of(SELECT.concat(where))",
        "Sql.of(\"select \".concat(where))"
      })
  void a_statement_that_is_concatenated_is_found(String code) {
    assertThat(code).containsPattern(CONCATENATED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Sql.of(text)",
        "Sql.of(\n    text, id)",
        "Sql.of(text.strip(), id)",
        "Sql.of(this.text, id)",
        "Sql.of(text(table), id)",
        "Sql.of(Texts.of(table))",
        "Sql.of(SELECT.concat(where))",
        "new Sql(text, values)",
        "new Sql(Texts.of(table), values)",
        "new Sql(SELECT.concat(where), values)"
      })
  void a_text_that_is_not_a_constant_is_found(String code) {
    assertThat(code).containsPattern(NOT_CONSTANT);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "dsl.fetch(\"select \"\n    + \"id\", id)",
        "Sql.of(\"select id where x = ?\", id)",
        "Sql.of(SELECT, id)",
        "Sql.of(Texts.SELECT, id)",
        "Sql.of(Sql.of(\"select \"), part.value())",
        "new Sql(SELECT, values)",
        "new Sql(Texts.SELECT, values)"
      })
  void constants_are_allowed(String code) {
    assertThat(code).doesNotContainPattern(CONCATENATED).doesNotContainPattern(NOT_CONSTANT);
  }

  @Test
  void json_cannot_name_the_classes_of_its_objects() {
    assertThat(placesOf("DefaultTyping|@JsonTypeInfo|ObjectInputStream|XMLDecoder|SnakeYaml"))
        .isEmpty();
  }

  @Test
  void no_template_is_built_from_data() throws IOException {
    assertThat(placesOf("\\bTemplateEngine\\b")).containsOnly("web/server/WebContext");
    assertThat(texts("src/main/jte", ".jte").values()).noneMatch(jte -> jte.contains("$unsafe{"));
  }

  @Test
  void scripts_write_text_instead_of_html_and_store_nothing_in_the_browser() throws IOException {
    var forbidden =
        Pattern.compile(
            "innerHTML|outerHTML|insertAdjacentHTML|document\\.write|\\beval\\(|new Function"
                + "|setTimeout\\([\"']|localStorage|sessionStorage|indexedDB|\\bcaches\\b"
                + "|postMessage");
    var found = new TreeMap<String, String>();
    texts("static/js", ".js")
        .forEach(
            (name, script) ->
                forbidden
                    .matcher(script)
                    .results()
                    .filter(match -> !name.contains("vendor"))
                    .forEach(match -> found.put(name, match.group())));
    assertThat(found).isEmpty();
  }

  @Test
  void no_header_allows_another_site() {
    assertThat(placesOf("Access-Control-|enableCors|bundledPlugins")).isEmpty();
  }

  private static Set<String> placesOf(String forbidden) {
    var pattern = Pattern.compile(forbidden);
    return SourceFile.under(SourceFile.MAIN).stream()
        .filter(file -> pattern.matcher(file.text()).find())
        .map(SourceFile::place)
        .collect(Collectors.toSet());
  }

  private static Map<String, String> texts(String folder, String ending) throws IOException {
    var texts = new TreeMap<String, String>();
    try (var files = Files.walk(Path.of(folder))) {
      for (var file : files.filter(path -> path.toString().endsWith(ending)).toList()) {
        texts.put(file.toString(), Files.readString(file));
      }
    }
    return texts;
  }
}
