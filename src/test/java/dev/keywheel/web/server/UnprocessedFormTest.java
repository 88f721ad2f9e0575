package dev.keywheel.web.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.db.Database;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.UnsteadyDatabase;
import dev.keywheel.support.WebApp;
import dev.keywheel.web.form.Form;
import dev.keywheel.web.security.RequiredRole;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jooq.exception.DataAccessException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A form submitted without JavaScript while the database does not answer. */
class UnprocessedFormTest {
  private static final int ALL = Integer.MAX_VALUE;

  private final TestDatabase database = TestDatabase.create();
  private final AtomicInteger refusals = new AtomicInteger();
  private final WebApp app =
      WebApp.start(
          new Database(new UnsteadyDatabase(database.address().jdbcUrl(), refusals)),
          new TestClock(),
          parts -> List.of(routes -> screen(routes, parts.web)));
  private final HttpBrowser browser = app.browser(app.admin());
  private volatile int refusedInHandler;

  private void screen(Routes routes, WebContext web) {
    routes.get("/page", RequiredRole.VIEWER, ctx -> ctx.result("Page"));
    routes.post("/lost", RequiredRole.OPERATOR, _ -> loseConnectionAtCommit());
    routes.post("/done", RequiredRole.OPERATOR, ctx -> web.done(ctx, "/", "Done."));
    routes.post(
        "/change",
        RequiredRole.OPERATOR,
        ctx -> {
          if (refusedInHandler > 0) {
            refusals.set(refusedInHandler);
            app.people.members(app.workspace());
          }
          ctx.result(Form.of(ctx).raw("text"));
        });
  }

  private static void loseConnectionAtCommit() {
    throw new DataAccessException("SQL failed", new SQLException("lost", "40003"));
  }

  @AfterEach
  void stop() {
    refusals.set(0);
    app.close();
    database.close();
  }

  @Test
  void an_unprocessed_form_is_shown_on_the_error_page_and_resubmitted_from_there() {
    var answer = postDuringOutage("text", "two\nlines \"and\" <marks>", "with", "a", "with", "b");
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.text()).contains("What you submitted is kept on this page. ");

    var form = answer.page().selectFirst("main form[method=post]");
    assertThat(form.attr("action")).isEqualTo("/change");
    assertThat(form.select("[name=with]").eachAttr("value")).containsExactly("a", "b");
    assertThat(form.selectFirst("button[autofocus]").text()).isEqualTo("Try again");

    refusals.set(0);
    var fields = new ArrayList<Map.Entry<String, String>>();
    form.select("input").forEach(in -> fields.add(Map.entry(in.attr("name"), in.val())));
    var again = browser.postRaw("/change", fields, "Sec-Fetch-Site", "same-origin");
    assertThat(again.body()).isEqualTo("two\nlines \"and\" <marks>");
  }

  @Test
  void an_unprocessed_form_does_not_take_the_focus_from_the_message() {
    browser.post("/done");
    refusedInHandler = 1;
    var page = browser.post("/change", "text", "kept").page();
    assertThat(page.select("form [name=text]").val()).isEqualTo("kept");
    assertThat(page.select("[autofocus]").eachText()).containsExactly("Done.");
  }

  @Test
  void a_form_is_kept_when_the_database_fails_after_the_session_was_found() {
    refusedInHandler = 1;
    var answer = browser.post("/change", "text", "kept");
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.page().select("form [name=text]").val()).isEqualTo("kept");
  }

  @Test
  void a_page_that_needs_a_session_is_answered_with_503_during_an_outage() {
    refusals.set(ALL);
    var answer = app.browser().get("/page");
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.header("Retry-After")).isPresent();
    refusals.set(0);
    assertThat(app.browser().get("/page").status()).isEqualTo(303);
  }

  @Test
  void a_form_that_was_possibly_saved_links_to_its_page_to_check_it() {
    var fields = List.of(Map.entry("text", "kept"), Map.entry("csrf", browser.token()));
    var answer =
        browser.postRaw(
            "/lost", fields, "Sec-Fetch-Site", "same-origin", "Referer", app.url() + "/page?a=b");
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.page().select("main form button").text()).isEqualTo("Send again");
    assertThat(answer.page().select("main a[href='/page?a=b'][target=_blank]").text())
        .isEqualTo("Open the page of the form in a new tab");
  }

  @Test
  void an_unprocessed_password_is_not_on_the_error_page() {
    var answer = postDuringOutage("text", "x", "current", "horse", "password", "battery");
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.page().select("form [name=text]")).isEmpty();
    assertThat(answer.body()).doesNotContain("horse").doesNotContain("battery");
  }

  @Test
  void an_unprocessed_secret_of_a_key_is_not_on_the_error_page_and_is_entered_again() {
    var answer = postDuringOutage("text", "x", "secret", "staple");
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.body()).doesNotContain("staple");
    assertThat(answer.text())
        .contains("except the keys in it, because no key is sent back to a browser.");
    var form = answer.page().selectFirst("main form");
    assertThat(form.select("[type=hidden][name=text]").val()).isEqualTo("x");
    assertThat(form.select("[name=secret]:not([type=hidden])[required]").val()).isEmpty();
  }

  @Test
  void unprocessed_keys_are_not_on_the_error_page_and_are_pasted_again() {
    var key = "sk-or-v1-" + "fedcba9876543210".repeat(4);
    var answer = postDuringOutage("provider", "sandbox", "keys", key, "note", "mine is " + key);
    assertThat(answer.body()).doesNotContain("fedcba9876");
    var form = answer.page().selectFirst("main form");
    assertThat(form.select("[type=hidden][name=provider]").val()).isEqualTo("sandbox");
    assertThat(form.select("[type=hidden][name=note]").val()).isEqualTo("mine is …3210");
    assertThat(form.select("textarea[name=keys][required]").val()).isEmpty();
    assertThat(form.select("[autofocus]").attr("name")).as("to fill in first").isEqualTo("keys");
  }

  @Test
  void a_form_with_a_file_is_not_on_the_error_page() {
    refusedInHandler = 1;
    var answer = browser.upload("/change", "file", new byte[] {1, 2, 3}, "text", "kept");
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.page().select("main form")).isEmpty();
  }

  @Test
  void a_large_form_is_not_on_the_error_page() {
    refusedInHandler = 1;
    var answer = browser.post("/change", "text", "x".repeat(1_100_000));
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.page().select("main form")).isEmpty();
  }

  @Test
  void a_client_without_a_session_gets_no_form_back_and_a_large_form_is_not_read() {
    var token = browser.token();
    refusals.set(ALL);
    var stranger = app.browser();
    var refused = stranger.post("/change", List.of(Map.entry("text", "mine")), token);
    assertThat(refused.body()).doesNotContain("mine");
    var text = "x".repeat(1_100_000);
    var large = browser.post("/change", List.of(Map.entry("text", text)), token);
    assertThat(large.status()).isEqualTo(503);
    assertThat(large.page().select("form [name=text]")).isEmpty();
  }

  private HttpBrowser.Answer postDuringOutage(String... fields) {
    var token = browser.token();
    refusals.set(ALL);
    var all = new ArrayList<Map.Entry<String, String>>();
    for (int i = 0; i < fields.length; i += 2) {
      all.add(Map.entry(fields[i], fields[i + 1]));
    }
    return browser.post("/change", all, token);
  }
}
