package dev.keywheel.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.WebApp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Stylesheets and scripts: caching, and content that templates must not have. */
class StaticFilesTest {
  private final TestDatabase database = TestDatabase.create();
  private final WebApp app = WebApp.fresh(database.database(), new TestClock());
  private final HttpBrowser browser = app.browser();

  @AfterEach
  void stop() {
    app.close();
    database.close();
  }

  @Test
  void a_page_needs_one_stylesheet_and_one_script_that_browsers_cache_permanently() {
    var page = browser.get("/setup").page();
    assertThat(page.select("link[rel=stylesheet]")).hasSize(1);
    assertThat(page.select("script")).hasSize(1);
    for (var address :
        List.of(
            page.select("link[rel=stylesheet]").attr("href"), page.select("script").attr("src"))) {
      var file = browser.get(address);
      assertThat(file.status()).isEqualTo(200);
      assertThat(file.header("Cache-Control")).contains("public, max-age=31536000, immutable");
      assertThat(file.header("Content-Type").orElseThrow()).contains("charset=utf-8");
      assertThat(file.header("X-Content-Type-Options")).contains("nosniff");
      assertThat(browser.get(address, "Accept-Encoding", "gzip").header("Content-Encoding"))
          .contains("gzip");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gzip | true",
        "GZIP | true",
        "br, gzip;q=0.5 | true",
        "gzip ; q=0.001, br | true",
        "br,gzip | true",
        "gzip;q=0 | false",
        "gzip; q=0 | false",
        "gzip ;q=0.0, br | false",
        "gzip;Q=0.000 | false",
        "br | false",
        "x-gzip-like | false",
        "'' | false",
      })
  void a_file_is_compressed_only_for_a_browser_that_accepts_it(String accepted, boolean packed) {
    var file = browser.get("/static/0000000000000000/app.css", "Accept-Encoding", accepted);
    assertThat(file.header("Content-Encoding").isPresent()).isEqualTo(packed);
  }

  @Test
  void an_old_url_gets_the_current_file_uncached() {
    var file = browser.get("/static/0000000000000000/app.css");
    assertThat(file.status()).isEqualTo(200);
    assertThat(file.header("Cache-Control")).contains("no-cache");
    assertThat(file.body()).contains("@layer tokens, base, components");
  }

  @Test
  void nothing_outside_the_folder_is_served() {
    for (var path :
        List.of(
            "nothing.css",
            "../logback.xml",
            "..%2flogback.xml",
            "js/%2e%2e/%2e%2e/logback.xml",
            "")) {
      assertThat(browser.get("/static/0000000000000000/" + path).status()).as(path).isIn(400, 404);
    }
  }

  @Test
  void templates_contain_no_inline_styles_scripts_or_handlers() throws IOException {
    var forbidden =
        Pattern.compile(
            "\\sstyle=|<style|<script(?! src=)|\\son[a-z]+=|hx-on|javascript:|\\$unsafe");
    try (var files = Files.walk(Path.of("src/main/jte"))) {
      for (var file : files.filter(path -> path.toString().endsWith(".jte")).toList()) {
        assertThat(forbidden.matcher(Files.readString(file)).results().map(m -> m.group()).toList())
            .as(file.toString())
            .isEmpty();
      }
    }
  }

  @Test
  void every_post_form_has_the_csrf_token() throws IOException {
    var form = Pattern.compile("<form[^>]*method=\"post\"[^>]*>(.*?)</form>", Pattern.DOTALL);
    var posts = Pattern.compile("method\\s*=\\s*[\"']?post", Pattern.CASE_INSENSITIVE);
    int seen = 0;
    try (var files = Files.walk(Path.of("src/main/jte"))) {
      for (var file : files.filter(path -> path.toString().endsWith(".jte")).toList()) {
        var template = Files.readString(file);
        var forms = form.matcher(template).results().map(found -> found.group(1)).toList();
        assertThat(forms)
            .as(file.toString())
            .hasSize((int) posts.matcher(template).results().count())
            .allSatisfy(
                content ->
                    assertThat(content)
                        .containsAnyOf(
                            "@template.component.token()",
                            // A form that is submitted again, with its original token.
                            "@template.component.pendingFields(form = fault.form())"));
        seen += forms.size();
      }
    }
    assertThat(seen).isPositive();
  }
}
