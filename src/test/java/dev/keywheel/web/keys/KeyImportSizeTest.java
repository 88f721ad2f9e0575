package dev.keywheel.web.keys;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.HttpBrowser;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Limits of one import, and the message when they are exceeded. */
@Tag("full")
@Timeout(120)
final class KeyImportSizeTest {
  private static final int MB = 1_000_000;

  @AutoClose private static final KeysSite site = new KeysSite();
  private static final HttpBrowser browser = site.app.browser(site.app.admin());

  /** Typical pasted lines: an address of 30 to 40 characters and a whole key. */
  private static String usual(int lines) {
    return IntStream.range(0, lines)
        .mapToObj(
            i -> "firstname.lastname%05d@example.com sk-or-v1-%064x".formatted(i, i * 7919L + 1))
        .collect(joining("\n"));
  }

  /** A table with lines of 400 characters. */
  private static String wide(int lines) {
    return IntStream.range(0, lines)
        .mapToObj(
            i ->
                "%s%05d@example.com,sk-or-v1-%064x,acme,%s"
                    .formatted("n".repeat(80), i, (1L << 50) + i, "x".repeat(224)))
        .collect(joining("\r\n", "name,key,account,note\r\n", ""));
  }

  @Test
  void twenty_thousand_typical_lines_are_imported_at_once() {
    var lines = usual(20_000);
    assertThat(lines.length()).isGreaterThan(2 * MB);
    var file = upload(lines.getBytes(UTF_8), "");
    assertThat(browser.get(file.location()).text()).contains("Import 20,000 keys");
    var done = browser.post(file.location() + "/confirmation");
    assertThat(browser.get(done.location()).text()).contains("20,000 keys imported");
  }

  @Test
  void twenty_thousand_lines_of_four_hundred_characters_are_accepted_and_one_more_is_refused() {
    var lines = wide(20_000);
    assertThat(lines.length()).isGreaterThan(8 * MB);
    var file = upload(lines.getBytes(UTF_8), "");
    assertThat(browser.get(file.location()).text()).contains("Import 20,000 keys");
    var pasted = upload(new byte[0], lines);
    assertThat(browser.get(pasted.location()).text()).contains("Import 20,000 keys");
    var more = upload(wide(20_001).getBytes(UTF_8), "");
    assertThat(more.status()).isEqualTo(422);
    assertThat(more.page().select("#e-keys").text())
        .contains("These are 20,001 keys; at most 20,000 can be imported at once");
  }

  @Test
  void a_body_above_the_limit_is_refused_with_a_message() {
    var large = "y".repeat(99).concat("\n").repeat(260_000);
    for (var answer :
        new HttpBrowser.Answer[] {
          browser.post("/keys/imports", "provider", "openrouter", "keys", large),
          upload(new byte[0], large),
          upload(large.getBytes(UTF_8), ""),
        }) {
      assertThat(answer.status()).isEqualTo(413);
      assertThat(answer.text())
          .contains("Too large", "may have up to 24 MB", "still on the previous page");
    }
  }

  @Test
  void a_large_request_always_releases_its_slot() {
    var large = "y".repeat(3 * MB);
    for (int i = 0; i < 3; i++) { // there are two slots
      assertThat(browser.post("/keys/imports", "keys", large).status()).isLessThan(429);
      assertThat(
              browser
                  .post("/keys/imports", List.of(Map.entry("keys", large)), "not a token")
                  .status())
          .isEqualTo(403);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"application/x-www-form-urlencoded", "multipart/form-data; boundary=keywheel"})
  void a_body_without_a_length_is_refused(String type) throws IOException {
    var start =
        type.startsWith("multi")
            ? "--keywheel\r\nContent-Disposition: form-data; name=\"keys\"\r\n\r\n"
            : "keys=";
    assertThat(chunked(type, start)).startsWith("HTTP/1.1 411");
  }

  /** A client that sends a large body gets the answer before it has sent all of it. */
  @Test
  void a_gigantic_body_is_refused_without_being_read() throws IOException {
    try (var socket =
        new Socket(InetAddress.getLoopbackAddress(), URI.create(site.app.url()).getPort())) {
      socket.setSoTimeout((int) Duration.ofSeconds(60).toMillis());
      var head = head("application/x-www-form-urlencoded") + "Content-Length: 2000000000\r\n\r\n";
      socket.getOutputStream().write((head + "keys=abc").getBytes(UTF_8));
      assertThat(line(socket.getInputStream())).startsWith("HTTP/1.1 413");
    }
  }

  private static HttpBrowser.Answer upload(byte[] file, String pasted) {
    var name = file.length == 0 ? "" : "keys.txt";
    return browser.upload("/keys/imports", name, file, "provider", "openrouter", "keys", pasted);
  }

  private static String head(String type) {
    return "POST /keys/imports HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\n"
        + "Cookie: "
        + "sid="
        + browser.cookie("sid").orElseThrow()
        + "\r\nContent-Type: "
        + type
        + "\r\n";
  }

  private static String chunked(String type, String start) throws IOException {
    try (var socket =
        new Socket(InetAddress.getLoopbackAddress(), URI.create(site.app.url()).getPort())) {
      socket.setSoTimeout((int) Duration.ofSeconds(60).toMillis());
      var out = socket.getOutputStream();
      out.write((head(type) + "Transfer-Encoding: chunked\r\n\r\n").getBytes(UTF_8));
      out.write((Integer.toHexString(start.length()) + "\r\n" + start + "\r\n").getBytes(UTF_8));
      return line(socket.getInputStream());
    }
  }

  private static String line(InputStream in) throws IOException {
    var line = new StringBuilder();
    for (int c = in.read(); c >= 0 && c != '\r'; c = in.read()) {
      line.append((char) c);
    }
    return line.toString();
  }
}
