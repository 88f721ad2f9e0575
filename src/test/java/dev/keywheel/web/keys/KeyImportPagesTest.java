package dev.keywheel.web.keys;

import static dev.keywheel.db.schema.Tables.SESSIONS;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.people.audit.event.AuditFilter;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.people.identity.Role;
import dev.keywheel.support.Await;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.WebApp;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jsoup.Jsoup;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Adding keys without JavaScript: which lines are accepted and which are refused. */
@Tag("full")
class KeyImportPagesTest {
  private static final String K = "sk-or-v1-0123456789abcdef0123456789-";

  @AutoClose private static final KeysSite site = new KeysSite();
  private static final HttpBrowser browser = site.app.browser(site.app.admin());

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          one@a.org KEY1⏎two@a.org KEY2                                 | one@a.org / two@a.org
          name,key,account⏎one,KEY3,acme⏎"Two, Jr.","KEY4",acme         | one / Two, Jr.
          E-Mail;API key⏎one@b.org;KEY5⏎"two@b.org";"KEY6"              | one@b.org / two@b.org
          # mine⏎export ONE="KEY7" ⏎TWO=KEY8⏎                           | ONE / TWO
          ["KEY9","KEYx"]                                               | sk-or-v1-012…89-9 / sk-or-v1-012…89-x
          [{"name":"uno","key":"KEYy"},{"email":"two@c.org","secret":"KEYz"}] | uno / two@c.org
          """)
  void each_format_is_previewed_and_imported_and_a_second_import_changes_nothing(
      String text, String names) {
    var keys = text.replace("⏎", "\n").replace("KEY", K);
    int before = keyCount();
    var preview = preview(keys);
    assertThat(preview.text()).contains("Import 2 keys");
    assertThat(cells(preview, "#imported", "Name")).containsExactly(names.split(" / "));
    assertThat(keyCount()).as("nothing is written yet").isEqualTo(before);
    assertThat(confirm(preview).location()).isEqualTo("/keys");
    assertThat(browser.get("/keys").text()).contains("2 keys imported.");
    assertThat(keyCount()).isEqualTo(before + 2);
    var again = preview(keys);
    assertThat(again.text()).contains("There is nothing new to import", "In the pool as");
    assertThat(keyCount()).isEqualTo(before + 2);
  }

  @Test
  void the_provider_of_the_address_is_chosen() {
    var chosen = "#f-provider option[selected]";
    assertThat(Jsoup.parse(browser.get("/keys/new?provider=sandbox").body()).select(chosen).val())
        .isEqualTo("sandbox");
    assertThat(Jsoup.parse(browser.get("/keys/new?provider=x").body()).select(chosen)).isEmpty();
  }

  @Test
  void each_format_that_the_page_lists_is_read() {
    var forms = Jsoup.parse(browser.get("/keys/new").body()).select("#h-keys code").eachText();
    assertThat(forms).hasSize(5).contains("secret", "name | secret");
    for (String form : forms) {
      var preview = preview(form.replaceFirst("(?i)name", "Jane").replace("secret", K + "form"));
      assertThat(preview.text()).as(form).contains("Import 1 key");
      assertThat(cells(preview, "#imported", "Name").getFirst())
          .as(form)
          .isEqualTo(form.equals("secret") ? "sk-or-v1-012…form" : "Jane");
    }
  }

  @Test
  void keys_of_one_line_are_listed_with_its_number() {
    var preview =
        preview("# mine\n[\"" + K + "line1\", \"bad\", \"" + K + "line1\"]\nbad\n" + K + "line4");
    assertThat(cells(preview, "#imported", "Line")).containsExactly("2", "4");
    assertThat(rows(preview, "#skipped"))
        .satisfiesExactly(
            bad -> assertThat(bad).startsWith("2 ").contains("a key has 8 to 512"),
            repeated -> assertThat(repeated).endsWith("The same key as earlier on this line"),
            plain -> assertThat(plain).startsWith("3 ").contains("a key has 8 to 512"));
  }

  @Test
  void each_skipped_line_has_its_number_and_its_own_reason() {
    var text =
        String.join(
            "\n",
            "fresh@d.org " + K + "fresh",
            "bell@d.org sk-or-v1-abc\u0007defghijk",
            "half@d.org \"sk-or-v1-abcdefgh",
            "ijklmnop\"",
            "x".repeat(1_000_000),
            "openai@d.org sk-proj-abcdefghijklmnop",
            "anthropic@d.org sk-ant-api03-abcdefghijkl",
            "google@d.org AIzaSyA1234567890abcdefg",
            "again@d.org " + K + "fresh",
            "fresh@d.org " + K + "other",
            "MANAGEMENT_KEY=" + K + "third",
            "n".repeat(101) + "," + K + "-named-1234");
    var preview = preview(text);
    var left = rows(preview, "#skipped");
    assertThat(left).hasSize(9);
    assertThat(left.get(0)).startsWith("2 ").contains("a control character (U+0007)");
    assertThat(left.get(1)).startsWith("3 ").contains("a quote is opened but not closed");
    assertThat(left.get(2)).startsWith("4 ").contains("a quote that is not closed or not opened");
    assertThat(left.get(3)).startsWith("5 ").contains("1000000 characters; a key has 8 to 512");
    assertThat(left.get(4)).startsWith("6 ").contains("a key for OpenAI, not for OpenRouter");
    assertThat(left.get(5)).startsWith("7 ").contains("a key for Anthropic");
    assertThat(left.get(6)).startsWith("8 ").contains("a key for Google");
    assertThat(left.get(7)).startsWith("9 ").contains("The same key as on line 1");
    assertThat(left.get(8)).startsWith("12 ").contains("…1234 Invalid Name too long");
    var fresh = rows(preview, "#imported");
    assertThat(fresh).hasSize(3);
    assertThat(fresh.get(1)).startsWith("10 ").contains("fresh@d.org").contains("name");
    assertThat(fresh.get(2)).startsWith("11 ").contains("Looks like a management key");
  }

  @Test
  void the_downloaded_report_contains_no_formulas() {
    var preview = preview("=cmd|x," + K + "formula\n\"@sum\"," + K + "at");
    confirm(preview);
    var report = browser.get(path(preview) + "/report.csv");
    assertThat(report.header("Content-Disposition").orElseThrow()).startsWith("attachment");
    assertThat(report.body()).contains("\r\n1,'=cmd|x,", "\r\n2,'@sum,").doesNotContain(K);
  }

  @Test
  void an_import_confirmed_twice_has_one_audit_entry() {
    var preview = preview("deed@e.org " + K + "deed\nbad");
    confirm(preview);
    confirm(preview);
    var entries = site.app.audit.newest(site.app.workspace(), AuditFilter.ALL, null, 2);
    assertThat(entries.get(0).action()).isEqualTo("imported keys");
    assertThat(entries.get(0).actor()).isEqualTo(WebApp.EMAIL);
    assertThat(entries.get(0).details()).containsEntry("keys", "1").containsEntry("left out", "1");
    assertThat(entries.get(1).subject() + entries.get(1).details())
        .isNotEqualTo(entries.get(0).subject() + entries.get(0).details());
  }

  @Test
  void new_keys_with_a_note_are_listed_first() {
    var lines =
        IntStream.rangeClosed(1, 150).mapToObj(i -> "n%d@f.org sk-or-v1-%064x".formatted(i, i));
    var text = lines.collect(joining("\n")) + "\nlast@f.org other-key-of-150";
    var fresh = rows(preview(text), "#imported");
    assertThat(fresh).hasSize(100);
    assertThat(fresh.getFirst()).startsWith("151 last@f.org").contains("Does not begin with sk-or");
  }

  record File(String sentence, byte[] bytes) {
    @Override
    public String toString() {
      return sentence;
    }
  }

  private static List<File> files() {
    return List.of(
        new File("This is an archive or a workbook", "PK\3\4 and so on".getBytes(UTF_8)),
        new File("This is an archive or a workbook", "\u001f\u008b\b\0".getBytes(ISO_8859_1)),
        new File("This text has NUL characters: it is UTF-16", (K + "u").getBytes(UTF_16)),
        new File("This text has NUL characters: it is UTF-16", (K + "u").getBytes(UTF_16LE)),
        new File("This file is not UTF-8 text", "caf\u00e9".getBytes(ISO_8859_1)),
        new File("The file is larger than 10 MB", "x".repeat(10_000_001).getBytes(UTF_8)));
  }

  @ParameterizedTest
  @MethodSource("files")
  void an_unusable_file_is_reported_at_its_field_and_the_pasted_text_stays(File file) {
    int before = keyCount();
    var answer =
        browser.upload(
            "/keys/imports", "keys.txt", file.bytes(), "provider", "sandbox", "keys", "typed text");
    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.page().select("#e-file").text()).contains(file.sentence());
    assertThat(answer.page().select("#f-keys").val()).isEqualTo("typed text");
    assertThat(answer.page().select("#f-provider [selected]").val()).isEqualTo("sandbox");
    assertThat(keyCount()).isEqualTo(before);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''|Paste at least one key",
        "# nothing|There is no key in this text.",
        "[\"a\", oops|This looks like JSON but is not valid, at line 1",
        "MANY|These are 20,001 keys; at most 20,000 can be imported at once",
        "LARGE|This is more than 10 MB of text"
      })
  void a_refused_text_stays_in_the_form_with_the_reason(String text, String sentence) {
    var many =
        IntStream.rangeClosed(1, 20_001).mapToObj(i -> "sk-or-v1-" + i).collect(joining("\n"));
    var sent =
        text.replace("MANY", many).replace("LARGE", "x".repeat(100).concat("\n").repeat(100_000));
    var answer = browser.post("/keys/imports", "provider", "openrouter", "keys", sent);
    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.page().select("#e-keys").text()).contains(sentence);
    assertThat(answer.page().select("#f-keys").first().wholeText()).isEqualTo(sent);
  }

  @Test
  void twenty_thousand_lines_of_a_file_and_a_paste_are_previewed_together() {
    var lines =
        IntStream.rangeClosed(2, 20_000)
            .mapToObj(i -> "k%05d@f.org %s%05d".formatted(i, K, i))
            .collect(joining("\n"));
    var sent =
        browser.upload(
            "/keys/imports",
            "k.txt",
            lines.getBytes(UTF_8),
            "provider",
            "openrouter",
            "keys",
            "first@f.org " + K + "00001");
    var preview = browser.get(sent.location());
    assertThat(preview.text()).contains("Import 20,000 keys");
    assertThat(rows(preview, "#imported").getFirst()).startsWith("1 first@f.org");
  }

  @Test
  void without_javascript_keys_of_an_expired_session_are_pasted_again_and_other_fields_are_kept() {
    Principal member = site.app.member("late@example.org", Role.OPERATOR);
    HttpBrowser visitor = site.app.browser(member);
    visitor.token();
    site.app.db.runTx(
        tx ->
            tx.dsl()
                .update(SESSIONS)
                .set(SESSIONS.EXPIRES_AT, Instant.EPOCH)
                .where(SESSIONS.USER_ID.eq(member.userId()))
                .execute());
    var lines =
        IntStream.rangeClosed(1, 10_000)
            .mapToObj(i -> "late%05d@g.org %s%05d".formatted(i, K, i))
            .collect(joining("\n"));
    var refused =
        visitor.upload("/keys/imports", "", new byte[0], "provider", "openrouter", "keys", lines);
    assertThat(refused.status()).isEqualTo(401);
    assertThat(refused.text()).contains("Your form is kept, but not the keys in it");
    var kept = refused.page().select("input[name=kept]").val();
    var wrong = visitor.post("/login", "email", WebApp.EMAIL, "password", "wrong", "kept", kept);
    var stillKept = wrong.page().select("input[name=kept]").val();
    var back =
        visitor.post(
            "/login", "email", WebApp.EMAIL, "password", WebApp.PASSWORD, "kept", stillKept);
    assertThat(refused.body() + wrong.body() + back.body()).doesNotContain(K);
    assertThat(back.text()).contains("Enter them again.");
    var form = back.page().selectFirst("form[action=/keys/imports]");
    assertThat(form).isNotNull();
    assertThat(form.select("textarea[name=keys][required]").val()).isEmpty();
    var provider = form.select("input[type=hidden][name=provider]").val();
    var preview = visitor.post("/keys/imports", "provider", provider, "keys", lines);
    assertThat(visitor.get(preview.location()).text()).contains("Import 10,000 keys");
  }

  @Test
  void an_uploaded_paste_is_never_written_to_a_file() throws IOException {
    var folder = Path.of(System.getProperty("java.io.tmpdir"));
    try (var watch = FileSystems.getDefault().newWatchService()) {
      folder.register(watch, StandardWatchEventKinds.ENTRY_CREATE);
      var lines = ("sk-or-v1-" + "y".repeat(90) + "\n").repeat(15_000);
      var sent =
          browser.upload(
              "/keys/imports",
              "k.txt",
              lines.getBytes(UTF_8),
              "provider",
              "openrouter",
              "keys",
              "z");
      assertThat(sent.status()).as(sent.text()).isEqualTo(303);
      var last = Files.createTempFile(folder, "after-the-paste", "");
      Files.delete(last);
      var made = new ArrayList<String>();
      Await.until(
          "the last file is reported",
          () -> {
            var key = watch.poll();
            if (key != null) {
              key.pollEvents().forEach(event -> made.add(String.valueOf(event.context())));
              key.reset();
            }
            return made.contains(last.getFileName().toString());
          });
      assertThat(made).noneMatch(name -> name.contains("MultiPart"));
    }
  }

  private static HttpBrowser.Answer preview(String text) {
    var sent = browser.post("/keys/imports", "provider", "openrouter", "keys", text);
    assertThat(sent.status()).as(sent.text()).isEqualTo(303);
    return browser.get(sent.location());
  }

  private static String path(HttpBrowser.Answer preview) {
    var form = preview.page().selectFirst("form[action$=/confirmation]");
    return form.attr("action").replace("/confirmation", "");
  }

  private static HttpBrowser.Answer confirm(HttpBrowser.Answer preview) {
    return browser.post(path(preview) + "/confirmation");
  }

  private static int keyCount() {
    return site.pool.status().counts(site.id()).all();
  }

  private static List<String> rows(HttpBrowser.Answer page, String section) {
    return page.page()
        .select("section[aria-labelledby=" + section.substring(1) + "] tbody tr")
        .eachText();
  }

  private static List<String> cells(HttpBrowser.Answer page, String section, String label) {
    return page.page()
        .select(
            "section[aria-labelledby=" + section.substring(1) + "] td[data-label=" + label + "]")
        .eachText();
  }
}
