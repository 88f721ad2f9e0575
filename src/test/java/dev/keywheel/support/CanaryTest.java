package dev.keywheel.support;

import static dev.keywheel.db.schema.Tables.WORKSPACES;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** A secret that is leaked on purpose is found on every channel. */
class CanaryTest {
  private static final String KEY = "sk-or-v1-a-canary-that-sings";

  @RegisterExtension final Chromium chromium = new Chromium();
  private HttpServer server;
  private String body = "";

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          exchange.getResponseHeaders().set("Content-Type", "text/html; charset=utf-8");
          if (exchange.getRequestURI().getPath().equals("/header")) {
            exchange.getResponseHeaders().set("X-Note", KEY);
          }
          var bytes = ("<!doctype html><html lang=en><title>x</title>" + body).getBytes(UTF_8);
          if (exchange.getRequestURI().getPath().equals("/archive")) {
            exchange.getResponseHeaders().set("Content-Type", "application/zip");
            exchange.getResponseHeaders().set("Content-Disposition", "attachment");
            bytes = archive();
          }
          exchange.sendResponseHeaders(200, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void the_visible_parts_of_a_key_are_not_a_leak_but_one_more_character_is() {
    Canary.watch("a page", "sk-or-v1-a-c…ings, sk-or-v1-…ings, sk-or-v1-abc...def");
    assertThat(Canary.takeLeaks()).isEmpty();
    Canary.watch("a page", "sk-or-v1-a-ca…");
    assertLeak("a page: …sk-or-v1-a-c…");
    Canary.watch("a page", "and " + TestPool.KEK);
    assertLeak("a page: …and ");
    Canary.watch("a page", "and " + WebApp.PASSWORD);
    assertLeak("a page: …and ");
  }

  @Test
  void a_page_a_header_and_an_address_are_searched() {
    var browser = new HttpBrowser(base());
    body = "<p>" + KEY;
    browser.get("/page");
    assertLeak("the answer to GET /page: ");
    body = "";
    browser.get("/header");
    assertLeak("the headers of /header: ");
    browser.get("/page?q=" + KEY);
    assertLeak("an address: ");
  }

  @Test
  void pasted_keys_are_allowed_in_their_element_only() {
    var browser = new HttpBrowser(base());
    body = "<textarea name=keys>" + KEY + "</textarea>";
    browser.postRaw("/keys/imports", List.of());
    assertThat(Canary.takeLeaks()).isEmpty();
    browser.get("/keys/new");
    assertLeak("the answer to GET /keys/new: ");
    body += "<p>" + KEY;
    browser.postRaw("/keys/imports", List.of());
    assertLeak("the answer to POST /keys/imports: ");
  }

  @Test
  void a_downloaded_archive_is_searched() {
    new HttpBrowser(base()).get("/archive");
    assertLeak("text/a.md in the answer to GET /archive: ");
    var page = chromium.open(Look.DESKTOP);
    page.waitForDownload(
        () -> page.evaluate("address => { location.href = address; }", base() + "archive"));
    chromium.closePages();
    assertLeak("text/a.md in the download of archive.zip: ");
  }

  @Test
  void the_responses_to_a_real_browser_are_scanned() {
    body = "<p>" + KEY;
    // Two pages, because the browser may discard the body of a page that it has left.
    chromium.open(Look.DESKTOP).navigate(base() + "page");
    chromium.open(Look.DESKTOP).navigate(base() + "header?q=" + KEY);
    chromium.closePages();
    assertThat(Canary.takeLeaks())
        .anyMatch(leak -> leak.startsWith("the answer to GET /page: "))
        .anyMatch(leak -> leak.startsWith("the headers of "))
        .anyMatch(leak -> leak.startsWith("an address: "));
  }

  @Test
  void a_log_line_is_checked_together_with_its_exception() {
    LoggerFactory.getLogger("canary").info("A line with {}", KEY);
    assertLeak("what was printed: ");
    LoggerFactory.getLogger("canary").info("Thrown", withMessage("It was " + KEY));
    assertLeak("what was printed: ");
    System.err.println(KEY);
    assertLeak("what was printed: ");
  }

  /**
   * The constructor does not get the text, so the search of exceptions, which runs slightly later,
   * does not find it.
   */
  private static Throwable withMessage(String text) {
    return new AssertionError() {
      @Override
      public String getMessage() {
        return text;
      }
    };
  }

  @Test
  void the_message_of_a_discarded_exception_is_searched() {
    assertThat(new IllegalStateException("It was " + KEY)).hasNoCause();
    Await.until("the exception is searched", Canary::hasLeaks);
    assertLeak("the exception java.lang.IllegalStateException made at dev.keywheel.support.Canary");
  }

  @Test
  void binary_and_compressed_columns_of_a_row_are_searched(@TempDir Path folder)
      throws IOException {
    var test = TestDatabase.create();
    var workspace = new UUID(1, 1);
    test.database()
        .runTx(
            tx ->
                tx.dsl()
                    .insertInto(WORKSPACES)
                    .set(WORKSPACES.ID, workspace)
                    .set(WORKSPACES.NAME, "Of " + KEY)
                    .set(WORKSPACES.CREATED_AT, new TestClock().instant())
                    .execute());
    test.asOwner(
        "create table bytes_of_a_test (raw bytea); grant insert on bytes_of_a_test to public");
    test.database()
        .runTx(
            tx ->
                tx.dsl()
                    .execute(
                        "insert into bytes_of_a_test values (?), (?)",
                        KEY.getBytes(UTF_8),
                        packed()));
    test.close();
    assertThat(Canary.takeLeaks())
        .anyMatch(leak -> leak.startsWith("the database, a row of workspaces: "))
        .anyMatch(leak -> leak.startsWith("the database, bytes_of_a_test.raw: "))
        .anyMatch(leak -> leak.startsWith("the database, bytes_of_a_test.raw, unpacked: "));
    Files.write(folder.resolve("page"), ("\0\1" + KEY).getBytes(UTF_8));
    Canary.watchFiles(folder);
    assertLeak("the file page: ");
  }

  @Test
  void a_key_in_a_request_to_a_provider_is_a_leak_except_in_the_authorization_header()
      throws Exception {
    try (var upstream = new ScriptedUpstream();
        var client = HttpClient.newHttpClient()) {
      var request =
          HttpRequest.newBuilder(upstream.base().resolve("/api/v1/chat/completions"))
              .header("Authorization", "Bearer " + KEY);
      client.send(
          request.POST(HttpRequest.BodyPublishers.ofString("{}")).build(),
          HttpResponse.BodyHandlers.discarding());
      assertThat(Canary.takeLeaks()).isEmpty();
      client.send(
          request.POST(HttpRequest.BodyPublishers.ofString(KEY)).build(),
          HttpResponse.BodyHandlers.discarding());
      assertLeak("a request to the provider, apart from its Authorization header: ");
    }
  }

  private static void assertLeak(String beginning) {
    assertThat(Canary.takeLeaks())
        .singleElement()
        .satisfies(leak -> assertThat(leak).startsWith(beginning).doesNotContain(KEY));
  }

  private URI base() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
  }

  private static byte[] archive() throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var zip = new ZipOutputStream(bytes)) {
      zip.putNextEntry(new ZipEntry("text/empty.md"));
      zip.putNextEntry(new ZipEntry("text/a.md"));
      zip.write(("It was " + KEY).repeat(20).getBytes(UTF_8));
    }
    return bytes.toByteArray();
  }

  private static byte[] packed() {
    var bytes = new ByteArrayOutputStream();
    try (var packing = new GZIPOutputStream(bytes)) {
      packing.write(KEY.getBytes(UTF_8));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }
}
