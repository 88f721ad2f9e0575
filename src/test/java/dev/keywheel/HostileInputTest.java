package dev.keywheel;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.key.edit.KeyCommands;
import dev.keywheel.support.Await;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.TestDatabase;
import java.net.URLEncoder;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jsoup.nodes.Document;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Hostile texts in every stored field, and in every parameter of every page. */
@Tag("full")
class HostileInputTest {
  private static final int PAGES = 80;

  /** Each would add an element, attribute or URL that no page of Keywheel has. */
  private static final List<String> MARKUP =
      List.of(
          "<script>injected()</script>",
          "\"><img src=injected onerror=injected()>",
          "' onmouseover='injected()' x='",
          "</title></textarea></script><svg/onload=injected()>",
          "<a href=\"javascript:injected()\">x</a>",
          "javascript:injected()",
          "<!--<injected-element>--><injected-element>",
          "${injected()}{{injected()}}<%=injected()%>@{injected}",
          "&lt;script&gt;injected()&lt;/script&gt;",
          "[x](javascript:injected()) ![y](data:text/html,injected)",
          "<iframe srcdoc='<script>injected()</script>'></iframe>");

  private static final List<String> PARAMETERS =
      List.of(
          """
          q after before by back changes compare download event
          level next order page period pool provider recovery result run size
          sort state status step table tag account tests token topic uses
          version view who model try what log days
          """
              .strip()
              .split("\\s+"));

  private static final List<String> VALUES =
      List.of(
          "'",
          "\"",
          "' or 1=1--",
          "1;drop table users",
          "\\",
          "%",
          "-1",
          "0",
          "9223372036854775808",
          "1e309",
          "NaN",
          "\0",
          "\ud800",
          "../../etc/passwd",
          "x".repeat(4_000),
          "2026-99-99T99:99:99Z",
          "00000000-0000-0000-0000-000000000000");

  /** Paths that scanners commonly try. */
  private static final List<String> GUESSED =
      List.of(
          """
          /.git/HEAD /.env /.aws/credentials /.htaccess /WEB-INF/web.xml /pom.xml
          /META-INF/MANIFEST.MF /actuator /actuator/env /metrics /debug /console
          /admin /admin.php /phpinfo.php /wp-login.php /server-status /jmx
          /swagger-ui.html /openapi.json /graphql /backup.sql /dump.zip /heapdump
          /threads /static /static/ /static/x/ /js/app.js.map /data
          /data/kek /secrets /config /logback.xml /application.properties /api
          /v1/keys /keys.csv /keys.json /users /sandbox /t
          /csp /register /h2-console
          """
              .strip()
              .split("\\s+"));

  @AutoClose private static final RunningApp app = RunningApp.withoutBrowser(TestDatabase.create());

  private static final HttpBrowser admin = app.administrator();

  @BeforeAll
  static void addKeys() {
    admin.post("/keys/samples");
  }

  @Test
  void no_stored_text_becomes_markup_on_any_page() {
    var keys = keys();
    var runs = new HashSet<String>();
    for (int i = 0; i < MARKUP.size(); i++) {
      String text = MARKUP.get(i);
      var key = keys.get(i % keys.size());
      admin.post(key + "/name", "name", text);
      admin.post(key + "/account", "account", text);
      var tag = text.substring(0, Math.min(text.length(), KeyCommands.MAX_TAG_LENGTH));
      assertSaved("/keys/tagging", "id", key.replace("/keys/", ""), "tag", tag);
      admin.post("/settings/people", "email", text + "@example.org", "role", "viewer");
      assertSaved("/settings/publishing", "site", "", "author", text, "publisher", text);
      if (i % 3 != 0) {
        continue; // a few runs show all pages of a run
      }
      var run =
          admin.post(
              "/articles",
              "topic",
              "Bread " + text,
              "provider",
              "sandbox",
              "audience",
              text,
              "tone",
              text,
              "keywords",
              text,
              "notes",
              text);
      run.header("Location").ifPresent(runs::add);
    }
    assertThat(runs).hasSizeGreaterThan(2);
    Await.until("the runs are over", () -> runs.stream().allMatch(HostileInputTest::ended));
    var hit = new HashSet<String>();
    int pages =
        crawl(
            (path, page) -> {
              assertNothingInjected(path, page);
              if (page.text().contains("injected")) {
                hit.add(path.replaceAll("[?].*|[0-9a-f-]{36}", ""));
              }
            });
    assertThat(pages).isGreaterThan(40);
    assertThat(hit).as("pages that show such a text").hasSizeGreaterThan(5);
  }

  private static void assertSaved(String path, String... fields) {
    assertThat(admin.post(path, fields).status()).as(path + " " + fields[3]).isEqualTo(303);
  }

  @Test
  void no_parameter_value_causes_an_internal_or_database_error() {
    for (var route : app.routes()) {
      if (route.method().equals("GET") && !route.path().contains("<")) {
        String path = route.path().replaceAll("\\{[^}]+}", "00000000-0000-0000-0000-000000000000");
        for (var value : VALUES) {
          var all = new StringBuilder(path).append('?');
          PARAMETERS.forEach(
              name -> all.append(name).append('=').append(encoded(value)).append('&'));
          assertThat(admin.status(all.toString())).as(path + " " + value).isLessThan(500);
        }
      }
    }
    for (var path :
        List.of(
            "/keys",
            "/keys/trash",
            "/runs",
            "/articles",
            "/log",
            "/recovery",
            "/gateway/requests")) {
      for (var name : PARAMETERS) { // each alone, because a refused one hides those after it
        for (var value : List.of(encoded("'"), encoded("\0"), "a&" + name + "=b")) {
          var query = path + "?" + name + "=" + value;
          assertThat(admin.status(query)).as(query).isLessThan(500);
        }
      }
    }
  }

  @Test
  void a_malformed_id_shows_no_page_and_causes_no_internal_error() {
    for (var route : app.routes()) {
      if (route.method().equals("GET") && route.path().contains("{id}")) {
        for (var id :
            List.of("x", "'", "%00", "..%2f", "-1", "0", "%f0%9f%8d%9e", "1%20or%201=1")) {
          var path = route.path().replace("{id}", id).replaceAll("[{<][^}>]+[}>]", "x");
          assertThat(admin.status(path)).as(path).isBetween(300, 499);
        }
      }
    }
  }

  @Test
  void guessed_paths_are_not_found() {
    var stranger = admin.at(java.net.URI.create(app.url()));
    for (var path : GUESSED) {
      assertThat(stranger.status(path)).as(path).isIn(404, 405);
    }
  }

  private static List<String> keys() {
    return admin.get("/keys").page().select("a[href]").eachAttr("href").stream()
        .filter(href -> href.matches("/keys/[0-9a-f-]{36}"))
        .distinct()
        .toList();
  }

  private static boolean ended(String run) {
    var state = admin.get(run).page().select("[aria-label='Run state']").text();
    return state.startsWith("Completed") || state.equals("Failed");
  }

  private static void assertNothingInjected(String path, Document page) {
    for (var element : page.getAllElements()) {
      assertThat(element.tagName()).as(path).isNotIn("injected-element", "base", "object", "embed");
      element
          .attributes()
          .forEach(
              attribute -> {
                String value = attribute.getValue().strip().toLowerCase(java.util.Locale.ROOT);
                assertThat(attribute.getKey()).as(path).doesNotStartWith("on");
                assertThat(attribute.getKey()).as(path).isNotIn("srcdoc", "style");
                if (Set.of("href", "src", "action", "formaction").contains(attribute.getKey())) {
                  assertThat(value)
                      .as(path)
                      .doesNotStartWith("javascript:")
                      .isNotEqualTo("injected");
                }
              });
    }
    assertThat(page.select("script"))
        .as(path)
        .allMatch(script -> script.attr("src").startsWith("/static/") && script.data().isEmpty());
  }

  /** Every linked page, each path with a limited number of parameter values. */
  private static int crawl(BiConsumer<String, Document> check) {
    var seen = new HashSet<String>();
    var open = new ArrayDeque<>(List.of("/"));
    int pages = 0;
    while (!open.isEmpty() && pages < PAGES) {
      String path = open.remove();
      var answer = admin.get(path);
      if (!answer.header("Content-Type").orElse("").startsWith("text/html")) {
        continue;
      }
      pages++;
      var page = answer.page();
      check.accept(path, page);
      for (var name : List.of("href", "hx-get", "src")) {
        for (var link : page.select("[" + name + "]").eachAttr(name)) {
          String next = link.replaceAll("#.*", "");
          boolean ours = next.startsWith("/") && !next.matches("/(?:static|t)/.*|.*/downloads/.*");
          if (ours && seen.add(next)) {
            open.add(next);
          }
        }
      }
    }
    return pages;
  }

  private static String encoded(String value) {
    return URLEncoder.encode(value, UTF_8);
  }
}
