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

/** Patterns that the code must not contain, for security. */
class SecurityRulesTest {
  @Test
  void programs_are_started_for_the_browser_and_the_embedded_database_only() {
    assertThat(placesOf("\\bnew ProcessBuilder\\b|Runtime\\.getRuntime\\(\\)\\s*\\.exec\\b"))
        .allMatch(
            place -> place.startsWith("article/tool/browser/") || place.startsWith("db/embedded/"));
  }

  /** The statements of JDBC and of jOOQ that take SQL as text. */
  @Test
  void no_statement_is_concatenated_from_texts() {
    assertThat(
            placesOf(
                "(?:\\.(?:fetch|execute|query|resultQuery|condition|field|sql|prepareStatement)\\w*|\\bSql\\.of|\\bnew Sql)\\(\\s*(?:\"{3}[\\s\\S]*?\"{3}|\"[^\"]*\"|\\w+)\\s*\\+\\s*(?!\")"))
        .as("numbers; constants")
        .containsOnly("db/query/BoundedSearch", "key/pool/KeyCandidates");
    assertThat(
            placesOf(
                "\\bnew Sql\\((?!\\s*[A-Z\"])|\\bSql\\.of\\(\\s*[a-z]\\w*(?:\\.\\w+\\(\\))?\\s*[,)]"))
        .as("texts that are no constants")
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

  @Test
  void json_makes_no_objects_of_classes_that_it_names() {
    assertThat(placesOf("DefaultTyping|@JsonTypeInfo|ObjectInputStream|XMLDecoder|SnakeYaml"))
        .isEmpty();
  }

  @Test
  void no_template_comes_from_data() throws IOException {
    assertThat(placesOf("\\bTemplateEngine\\b")).containsOnly("web/server/WebContext");
    assertThat(texts("src/main/jte", ".jte").values()).noneMatch(jte -> jte.contains("$unsafe{"));
  }

  @Test
  void scripts_write_text_and_no_html_and_keep_nothing_in_the_browser() throws IOException {
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
  void no_other_site_is_allowed() {
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
