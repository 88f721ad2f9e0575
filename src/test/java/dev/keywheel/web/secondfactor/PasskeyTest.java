package dev.keywheel.web.secondfactor;

import static dev.keywheel.support.Buttons.press;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.microsoft.playwright.CDPSession;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Request;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import dev.keywheel.people.audit.event.AuditEvent;
import dev.keywheel.people.audit.event.AuditFilter;
import dev.keywheel.people.identity.Session;
import dev.keywheel.support.Await;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.Interception;
import dev.keywheel.support.Look;
import dev.keywheel.support.PageChecks;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.WebApp;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Passkeys in a real browser with a simulated authenticator. */
@Tag("full")
class PasskeyTest {
  private static final String FACTOR = "/settings/second-factor";

  private static final String WITHOUT_VERIFICATION =
      """
      () => {
        const parse = PublicKeyCredential.parseRequestOptionsFromJSON.bind(PublicKeyCredential);
        PublicKeyCredential.parseRequestOptionsFromJSON =
          json => parse({ ...json, userVerification: "discouraged" });
      }""";

  /** While a prompt is open, presses its button again and requests another one, as a second tab. */
  private static final String REQUEST_AGAIN =
      """
      for (const how of ["create", "get"]) {
        const prompt = navigator.credentials[how].bind(navigator.credentials);
        let prompts = 0;
        navigator.credentials[how] = async options => {
          if (++prompts > 1) return new Promise(() => {});
          const form = document.querySelector("form[data-passkey]:not([hidden])");
          const headers = { "HX-Request": "true", "X-CSRF-Token": form.elements.csrf.value };
          form.requestSubmit(form.querySelector("button:not([type=button])"));
          for (let again = 0; again < 2; again++) {
            await fetch(form.dataset.passkey, { method: "POST", headers });
          }
          if (prompts > 1 || !form.querySelector("[aria-busy=true]")) throw new Error("not busy");
          return prompt(options);
        };
      }""";

  @RegisterExtension final Chromium chromium = new Chromium();
  private final TestClock clock = new TestClock();

  @AutoClose
  private final WebApp app =
      WebApp.start(TestDatabase.create(), clock, parts -> List.of(parts.account()));

  private final String site = app.url().replace("127.0.0.1", "localhost");

  @AutoClose private final HttpClient http = HttpClient.newHttpClient();
  private CDPSession devTools;
  private String authenticator = "";

  /** A page whose browser has an authenticator that recognizes its user. */
  private Page pageWithAuthenticator() {
    var page = chromium.open(Look.DESKTOP);
    devTools = page.context().newCDPSession(page);
    devTools.send("WebAuthn.enable");
    var options = new JsonObject();
    options.addProperty("protocol", "ctap2");
    options.addProperty("transport", "internal");
    options.addProperty("hasResidentKey", true);
    options.addProperty("hasUserVerification", true);
    options.addProperty("isUserVerified", true);
    options.addProperty("automaticPresenceSimulation", true);
    var request = new JsonObject();
    request.add("options", options);
    authenticator =
        devTools
            .send("WebAuthn.addVirtualAuthenticator", request)
            .get("authenticatorId")
            .getAsString();
    return page;
  }

  /** Makes the authenticator no longer recognize the user. */
  private void forgetUser() {
    var request = new JsonObject();
    request.addProperty("authenticatorId", authenticator);
    request.addProperty("isUserVerified", false);
    devTools.send("WebAuthn.setUserVerified", request);
  }

  private void enterPassword(Page page) {
    page.navigate(site + "/login?next=/settings/account");
    page.getByLabel("Email").fill(WebApp.EMAIL);
    page.getByLabel("Password").fill(WebApp.PASSWORD);
    press(page, "Sign in");
  }

  private void addPasskey(Page page, String name) {
    page.navigate(site + FACTOR);
    page.getByLabel("Name of the new passkey").fill(name);
    press(page, "Add a passkey");
  }

  /** A signed-in page whose user has just added a passkey. */
  private Page withPasskey() {
    var page = pageWithAuthenticator();
    enterPassword(page);
    page.waitForURL(site + "/settings/account");
    addPasskey(page, "Laptop");
    awaitHeading(page, "Recovery codes");
    return page;
  }

  private void signOut(Page page) {
    page.navigate(site + "/settings/account");
    press(page, "Sign out");
    page.waitForURL(site + "/login");
  }

  private static void awaitHeading(Page page, String name) {
    page.getByRole(AriaRole.HEADING, new Page.GetByRoleOptions().setName(name).setExact(true))
        .waitFor();
  }

  @Test
  void a_passkey_is_added_required_after_the_password_and_signs_in_by_itself() {
    var page = withPasskey();
    assertThat(page.locator("#recovery-codes li").count()).isEqualTo(10);
    PageChecks.assertGood(page, "recovery-codes");
    page.navigate(site + FACTOR);
    PageChecks.assertGood(page, "second-factor-passkey");

    signOut(page);
    enterPassword(page);
    awaitHeading(page, "Second step");
    PageChecks.assertGood(page, "second-step");
    press(page, "Use a passkey");
    page.waitForURL(site + "/settings/account");

    signOut(page);
    PageChecks.assertGood(page, "login-passkey");
    page.navigate(site + "/login?next=/settings/account");
    press(page, "Sign in with a passkey");
    page.waitForURL(site + "/settings/account");
    page.navigate(site + FACTOR);
    assertThat(page.locator("tbody tr").innerText()).contains("Laptop").doesNotContain("Never");
    assertThat(actions()).contains("added a passkey", "signed in");
  }

  @Test
  void an_open_prompt_can_be_answered_after_another_one_was_requested() {
    var page = pageWithAuthenticator();
    page.addInitScript(REQUEST_AGAIN);
    enterPassword(page);
    page.waitForURL(site + "/settings/account");
    addPasskey(page, "Laptop");
    awaitHeading(page, "Recovery codes");
    signOut(page);
    enterPassword(page);
    press(page, "Use a passkey");
    page.waitForURL(site + "/settings/account");
    signOut(page);
    page.navigate(site + "/login?next=/settings/account");
    press(page, "Sign in with a passkey");
    page.waitForURL(site + "/settings/account");
    clock.tick(Session.CONFIRMED_FOR);
    page.navigate(site + "/confirm?next=/settings/account");
    press(page, "Confirm with a passkey");
    page.waitForURL(site + "/settings/account");
  }

  @Test
  void a_device_is_added_once_and_a_passkey_removed_by_its_name() {
    var page = withPasskey();
    addPasskey(page, "Laptop again");
    page.getByText("already has a passkey").waitFor();
    assertThat(page.locator("tbody tr").count()).isEqualTo(1);
    press(page, "Remove Laptop");
    page.getByText("It is your last second factor").waitFor();
    press(page, "Remove");
    page.getByText("Passkey removed").waitFor();
    signOut(page);
    chromium.tolerate("422");
    press(page, "Sign in with a passkey");
    page.getByText("was not accepted").waitFor();
  }

  @Test
  void a_passkey_that_did_not_verify_its_user_is_refused_by_the_server() {
    var page = withPasskey();
    signOut(page);
    forgetUser();
    press(page, "Sign in with a passkey");
    page.getByText("No passkey was used").waitFor();
    page.evaluate(WITHOUT_VERIFICATION); // as a manipulated page could request
    chromium.tolerate("422");
    press(page, "Sign in with a passkey");
    page.getByText("was not accepted").waitFor();
    enterPassword(page);
    page.evaluate(WITHOUT_VERIFICATION);
    press(page, "Use a passkey");
    page.getByText("was not accepted").waitFor();
    assertThat(actions()).contains("sign-in refused", "second factor refused");
  }

  @Test
  void a_passkey_whose_counter_does_not_increase_is_refused() {
    var page = withPasskey();
    signOut(page);
    assertThat(recordUseByCopy()).isTrue();
    assertThat(recordUseByCopy()).as("the same count once more").isFalse();
    chromium.tolerate("422");
    press(page, "Sign in with a passkey");
    page.getByText("was not accepted").waitFor();
    assertThat(actions()).contains("sign-in refused");
  }

  /** Records a use by a cloned authenticator whose counter is far ahead. */
  private boolean recordUseByCopy() {
    return app.db.inTx(
        tx -> {
          var passkey = app.factors.passkeys().of(tx.dsl(), app.admin().userId()).getFirst();
          return app.factors.passkeys().recordUse(tx, passkey.id(), 1_000, clock.instant());
        });
  }

  @Test
  void an_answer_with_a_counter_already_used_by_a_copy_is_refused_and_recorded() {
    var page = withPasskey();
    signOut(page);
    var alone =
        interceptAnswer(page, "/login/passkey", () -> press(page, "Sign in with a passkey"));
    assertThat(statusAfterConcurrentUse(alone)).isEqualTo(422);
    assertThat(actions()).startsWith("sign-in refused");

    enterPassword(page);
    awaitHeading(page, "Second step");
    var second = interceptAnswer(page, "/login/second-step", () -> press(page, "Use a passkey"));
    assertThat(statusAfterConcurrentUse(second)).isEqualTo(422);
    assertThat(actions()).startsWith("second factor refused");
  }

  /**
   * The status of an answer that was verified before a cloned authenticator is used; the answer
   * waits until that use is stored.
   */
  private int statusAfterConcurrentUse(HttpRequest answer) {
    return app.db
        .inTx(
            tx -> {
              var passkey = app.factors.passkeys().of(tx.dsl(), app.admin().userId()).getFirst();
              assertThat(
                      app.factors
                          .passkeys()
                          .recordUse(tx, passkey.id(), passkey.signCount() + 1, clock.instant()))
                  .isTrue();
              var sent = send(answer);
              Await.until("the answer waits", () -> TestDatabase.anotherWaitsForLock(tx));
              return sent;
            })
        .join();
  }

  @Test
  void a_step_up_is_answered_by_a_passkey() {
    var page = withPasskey();
    clock.tick(Session.CONFIRMED_FOR);
    chromium.tolerate("403");
    page.navigate(site + FACTOR);
    press(page, "Make new recovery codes");
    page.getByRole(AriaRole.DIALOG).getByText("Make new recovery codes").click();
    awaitHeading(page, "Confirm that it is you");
    PageChecks.assertGood(page, "confirm-passkey");
    press(page, "Confirm with a passkey");
    awaitHeading(page, "Recovery codes");
  }

  /** Makes a browser answer with its passkey; the answer does not reach the server. */
  private HttpRequest interceptAnswer(Page page, String path, Runnable press) {
    var sent = new CompletableFuture<Request>();
    Predicate<String> sending = url -> url.endsWith(path);
    Interception.route(
        page,
        sending,
        route -> {
          sent.complete(route.request());
          route.fulfill(new Route.FulfillOptions().setStatus(204));
        });
    press.run();
    page.waitForCondition(sent::isDone);
    page.unroute(sending);
    var cookies =
        page.context().cookies().stream()
            .map(cookie -> cookie.name + "=" + cookie.value)
            .collect(joining("; "));
    return HttpRequest.newBuilder(URI.create(site + path))
        .header("Cookie", cookies)
        .header("Sec-Fetch-Site", "same-origin")
        .header("Content-Type", "application/x-www-form-urlencoded")
        .POST(HttpRequest.BodyPublishers.ofString(sent.join().postData()))
        .build();
  }

  /** The statuses of two answers that both arrive before one has taken the challenge. */
  private List<Integer> sendTwice(HttpRequest request) {
    var sent = new ArrayList<CompletableFuture<Integer>>();
    app.db.runTx(
        tx -> {
          tx.dsl().execute("select from sign_in_challenges for update");
          sent.addAll(List.of(send(request), send(request)));
          Await.until("both wait", () -> TestDatabase.waitingForLocks(tx) == 2);
        });
    return sent.stream().map(CompletableFuture::join).sorted().toList();
  }

  private CompletableFuture<Integer> send(HttpRequest request) {
    return http.sendAsync(request, HttpResponse.BodyHandlers.discarding())
        .thenApply(HttpResponse::statusCode);
  }

  @Test
  void one_of_two_identical_concurrent_answers_counts() {
    var page = withPasskey();
    clock.tick(Session.CONFIRMED_FOR);
    page.navigate(site + "/confirm");
    var stepUp = interceptAnswer(page, "/confirm", () -> press(page, "Confirm with a passkey"));
    assertThat(sendTwice(stepUp)).containsExactly(303, 422);
    signOut(page);
    var signIn =
        interceptAnswer(page, "/login/passkey", () -> press(page, "Sign in with a passkey"));
    assertThat(sendTwice(signIn)).containsExactly(303, 422);
  }

  @Test
  void a_passkey_that_is_removed_during_the_step_up_confirms_nothing() throws Exception {
    var page = withPasskey();
    page.navigate(site + "/confirm");
    var request = interceptAnswer(page, "/confirm", () -> press(page, "Confirm with a passkey"));
    var sent = new CompletableFuture<Integer>();
    app.db.runTx(
        tx -> {
          app.factors.passkeys().removeAll(tx, app.admin().userId());
          send(request).thenAccept(sent::complete);
          Await.until("the step-up waits", () -> TestDatabase.anotherWaitsForLock(tx));
        });
    assertThat(sent.get()).isEqualTo(422);
  }

  @Test
  void a_session_that_ended_is_renewed_in_a_dialog_with_a_passkey() {
    var page = withPasskey();
    page.navigate(site + "/settings/account");
    app.db.runTx(tx -> app.sessions.endAll(tx, app.admin().userId(), null, clock.instant()));
    chromium.tolerate("401");
    page.evaluate("() => keywheel.signInAgain(() => { document.title = 'again'; })");
    page.getByRole(AriaRole.DIALOG).waitFor();
    var dialog = page.getByRole(AriaRole.DIALOG);
    dialog.getByLabel("Password").fill(WebApp.PASSWORD);
    dialog.locator("form[action='/login'] button").click();
    dialog.getByText("Use a passkey").click();
    page.waitForFunction("() => document.title === 'again'");
  }

  private List<String> actions() {
    return app.audit.newest(app.workspace(), AuditFilter.ALL, null, 50).stream()
        .map(AuditEvent::action)
        .toList();
  }
}
