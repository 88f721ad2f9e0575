package dev.keywheel.web.server;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.db.embedded.FreePort;
import dev.keywheel.people.identity.Session;
import dev.keywheel.support.Await;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.LocalCertificate;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.WebApp;
import dev.keywheel.web.security.RequiredRole;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real nginx as the proxy, with the configuration of docs/operating.md. */
@Tag("full")
class NginxTest {
  /** An address of this machine that is not the proxy's. */
  private static final String CLIENT = "127.0.0.2";

  @TempDir private static Path folder;
  private static TestDatabase database;
  private static WebApp app;
  private static Process nginx;
  private static SSLContext tls;
  private static URI url;

  @BeforeAll
  static void start() throws Exception {
    Optional<Path> program = program();
    if (program.isEmpty()) {
      System.err.println("NOT TESTED: Keywheel behind nginx, because nginx is not on the PATH");
    }
    Assumptions.assumeTrue(program.isPresent(), "nginx is on the PATH");
    Path certificate = LocalCertificate.in(folder);
    LocalCertificate.writePem(certificate, folder.resolve("crt"), folder.resolve("key"));
    tls = LocalCertificate.trusting(certificate);
    url = URI.create("https://localhost:" + FreePort.find(new Random()));
    database = TestDatabase.create();
    app =
        WebApp.behindTls(
            database.database(),
            new TestClock(),
            url,
            parts -> List.of(routes -> screen(routes, parts)));
    Files.writeString(folder.resolve("nginx.conf"), configuration());
    nginx =
        new ProcessBuilder(program.get().toString(), "-p", folder + "/", "-c", "nginx.conf")
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("output").toFile())
            .start();
    Await.until("nginx listens", NginxTest::listens);
  }

  private static void screen(Routes routes, WebApp parts) {
    routes.post(
        "/upload",
        RequiredRole.VIEWER,
        ctx -> ctx.result(String.valueOf(ctx.uploadedFile("file").size())));
    routes.get(
        "/link",
        RequiredRole.VIEWER,
        ctx -> ctx.result(parts.web.address(ctx, "/password?token=x")));
  }

  @AfterAll
  static void stop() throws Exception {
    if (nginx != null) {
      nginx.destroy();
      nginx.waitFor();
      app.close();
      database.close();
    }
  }

  @Test
  void a_browser_cannot_forge_its_address_behind_the_proxy() {
    for (var header : List.of("X-Forwarded-For", "Forwarded")) {
      var browser = browser();
      browser.get("/login");
      var answer =
          browser.postRaw(
              "/login",
              List.of(
                  Map.entry("csrf", browser.token()),
                  Map.entry("email", WebApp.EMAIL),
                  Map.entry("password", WebApp.PASSWORD)),
              "Sec-Fetch-Site",
              "same-origin",
              header,
              header.equals("Forwarded") ? "for=203.0.113.9" : "203.0.113.9");
      assertThat(answer.status()).isEqualTo(303);
    }
    assertThat(app.sessions.of(app.admin().userId(), app.clock.instant()))
        .extracting(Session::address)
        .hasSizeGreaterThanOrEqualTo(2)
        .containsOnly(CLIENT);
  }

  @Test
  void cookies_are_secure_and_addresses_are_those_of_the_browser() {
    var browser = signedIn();
    assertThat(browser.cookie("__Host-sid")).isPresent();
    var stranger = browser().get("/link");
    assertThat(stranger.status()).isEqualTo(303);
    assertThat(stranger.location()).startsWith("/login");
    assertThat(stranger.header("Strict-Transport-Security")).isPresent();
    assertThat(browser.get("/link").body()).isEqualTo(url + "/password?token=x");
    assertThat(browser().get("/login").headers().get("set-cookie"))
        .allSatisfy(cookie -> assertThat(cookie).startsWith("__Host-").contains("; Secure"));
  }

  @Test
  void an_upload_of_20_mb_arrives_and_one_above_the_limit_is_refused() {
    var browser = signedIn();
    assertThat(browser.upload("/upload", "keys.txt", new byte[20_000_000]).body())
        .isEqualTo("20000000");
    assertThat(browser.upload("/upload", "keys.txt", new byte[24_500_000]).status()).isEqualTo(413);
  }

  @Test
  void requests_to_the_gateway_are_neither_too_large_nor_too_slow_for_the_proxy() throws Exception {
    var upload = signedIn().upload("/upload", "keys.txt", new byte[33_000_000]);
    assertThat(upload.status()).isEqualTo(413);
    assertThat(upload.body()).doesNotContain("nginx");
    // A request may take an hour with all its attempts: docs/gateway.md.
    assertThat(configuration()).contains("proxy_read_timeout 3600s;");
  }

  @Test
  void slow_clients_hold_no_connection_of_keywheel() throws Exception {
    var browser = signedIn();
    String head =
        "POST /upload HTTP/1.1\r\nHost: localhost:%d\r\nContent-Length: 20000000\r\n\r\n--x"
            .formatted(url.getPort());
    var slow = new ArrayList<Socket>();
    try {
      for (int i = 0; i < 30; i++) {
        slow.add(tls.getSocketFactory().createSocket("localhost", url.getPort()));
        slow.getLast().getOutputStream().write(head.getBytes(US_ASCII));
        slow.getLast().getOutputStream().flush();
      }
      assertThat(browser.upload("/upload", "keys.txt", new byte[5_000_000]).body())
          .isEqualTo("5000000");
      assertThat(browser.get("/link").status()).isEqualTo(200);
    } finally {
      for (var socket : slow) {
        socket.close();
      }
    }
  }

  private static HttpBrowser signedIn() {
    var browser = browser();
    browser.get("/login");
    browser.post("/login", "email", WebApp.EMAIL, "password", WebApp.PASSWORD);
    return browser;
  }

  private static HttpBrowser browser() {
    try {
      var client =
          HttpClient.newBuilder()
              .sslContext(tls)
              .localAddress(InetAddress.getByName(CLIENT))
              .version(HttpClient.Version.HTTP_1_1)
              .build();
      return new HttpBrowser(url, client);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** The first nginx server block of docs/operating.md, with the addresses of this test. */
  private static String configuration() throws IOException {
    String manual = Files.readString(Path.of("docs/operating.md"));
    int from = manual.indexOf("```\nserver {") + 4;
    String server =
        manual
            .substring(from, manual.indexOf("```", from))
            .replace("listen 443 ssl;", "listen 127.0.0.1:" + url.getPort() + " ssl;")
            .replaceAll("(ssl_certificate +)[^;]+", "$1" + folder.resolve("crt"))
            .replaceAll("(ssl_certificate_key +)[^;]+", "$1" + folder.resolve("key"))
            .replace("server_name keys.example.org", "server_name localhost")
            .replace("http://127.0.0.1:8080", app.url());
    assertThat(server).doesNotContain(":8080", "example.org", "443 ssl");
    String folders =
        Stream.of("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
            .map(name -> "  %s_temp_path %s;\n".formatted(name, folder.resolve(name)))
            .reduce("", String::concat);
    return """
    daemon off;
    master_process off;
    pid %s;
    error_log stderr;
    events {}
    http {
      access_log off;
    %s
    %s
    }
    """
        .formatted(folder.resolve("pid"), folders, server);
  }

  private static boolean listens() {
    if (!nginx.isAlive()) {
      throw new AssertionError("nginx ended");
    }
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), url.getPort())) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private static Optional<Path> program() {
    return Stream.concat(
            Stream.of(System.getenv("PATH").split(File.pathSeparator)), Stream.of("/usr/sbin"))
        .map(directory -> Path.of(directory, "nginx"))
        .filter(Files::isExecutable)
        .findFirst();
  }
}
