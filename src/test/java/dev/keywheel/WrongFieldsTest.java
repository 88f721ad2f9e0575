package dev.keywheel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.HttpBrowser.Answer;
import dev.keywheel.web.server.Routes;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Forms with several wrong fields. */
@Tag("full")
class WrongFieldsTest {
  /** Reports of browsers, and forms that many pages have. */
  private static final Set<String> WITHOUT_PAGE = Set.of("/csp", "/logout", "/theme", "/workspace");

  private static final String ID = new UUID(0, 7).toString();
  @AutoClose private static final RunningApp app = RunningApp.withAdministrator();
  private static final HttpBrowser admin = app.administrator();

  @BeforeAll
  static void addKeys() {
    admin.post("/keys/samples");
  }

  /** Each form is sent with wrong values only, written as {@code field=value}. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/gateway/tokens | name=;models=LONG2;addresses=10.0.0.1/8;tags=LONG;"
            + "expires=tomorrow;requestsPerMinute=many;parallel=-1;defaultModel=nowhere/x",
        "/gateway/tokens | name=;expires=2020-01-01;requestsPerMinute=0;defaultModel=LONG2",
        "/gateway/aliases | name=two words;targets=nowhere/x",
        "/gateway/aliases | name=*;targets=no slash",
        "/settings/rule | required=none;minimum=0",
        "/settings/tests | atOnce=0;deadlineSeconds=",
        "/settings/runs | runsAtOnce=0;waitHours=x;retries=99",
        "/settings/retention | logDays=1;historyDays=0;rawDays=;previewDays=x;auditDays=1;"
            + "gatewayDays=0;articleTrashDays=99999",
        "/settings/publishing | site=example.org;author=LONG;publisher=LONG",
        "/settings/models/openrouter | models_openrouter_planner=;models_openrouter_coder=x y;"
            + "models_openrouter_checker=;models_openrouter_writer=?;models_openrouter_image=",
        "/settings/account/password | current=wrong;password=short",
        "/settings/audit/proof/export | from=soon;to=later",
        "/articles | topic=;language=no such;model_writer=x;model_coder=no model",
        "/articles | topic=;audience=WORDS;tone=WORDS;model_writer=WORDS",
      })
  void every_wrong_field_has_its_own_message_and_what_was_typed(String path, String fields) {
    List<String[]> typed =
        Arrays.stream(
                fields
                    .replace("WORDS", "word ".repeat(250).strip())
                    .replace("LONG2", "y".repeat(201))
                    .replace("LONG", "x".repeat(101))
                    .split(";"))
            .map(field -> field.split("=", 2))
            .toList();
    Answer answer = send(path, typed);

    assertThat(answer.status()).isEqualTo(422);
    for (String[] field : typed) {
      String name = field[0].equals("language") ? "other_language" : field[0];
      var input = answer.page().select("form [name=" + name + "]:not([type=hidden])").first();
      assertThat(input).as(name).isNotNull();
      assertThat(input.attr("aria-invalid")).as(name).isEqualTo("true");
      String error = input.attr("aria-describedby").split(" ")[0];
      assertThat(answer.page().select(".field-error#" + error).text()).as(name).isNotBlank();
      if (!input.attr("type").equals("password")) {
        assertThat(input.val()).isEqualTo(field[1]);
      }
    }
    assertThat(answer.page().select("main [autofocus]").size()).isLessThanOrEqualTo(1);
  }

  @Test
  void a_valid_field_beside_invalid_ones_has_no_message() {
    Answer answer =
        send(
            "/gateway/tokens",
            List.of(
                new String[] {"name", "night"},
                new String[] {"addresses", "10.0.0.1/8"},
                new String[] {"parallel", "0"}));
    assertThat(answer.page().select("form .field-error").eachAttr("id"))
        .containsExactly("e-addresses", "e-parallel");
    assertThat(answer.page().select("[name=name]").val()).isEqualTo("night");
  }

  @Test
  void a_model_to_try_with_a_character_that_cannot_be_stored_is_refused() {
    admin.post("/gateway/aliases", "name", "any-*", "targets", "sandbox/openai/*");
    Answer answer = admin.post("/gateway/models/trials", "try", "any-a\0b");
    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.text()).contains("The model has a control character.");
  }

  @Test
  void the_first_administrator_sees_both_wrong_fields() {
    try (var fresh = RunningApp.start()) {
      String token = fresh.setupLink().getQuery().replace("token=", "");
      Answer answer =
          new HttpBrowser(URI.create(fresh.url()))
              .post("/setup", "token", token, "email", "ada", "password", "short");
      assertThat(answer.page().select(".field-error").eachText())
          .containsExactly(
              "Enter an email address, such as name@example.org.",
              "The password needs at least 12 characters; it has 5.");
      assertThat(answer.page().select("[name=email]").val()).isEqualTo("ada");
      assertThat(answer.page().select("form").attr("action"))
          .as("the address of the refusal, from which a reload opens the form again")
          .isEqualTo("/setup?token=" + token);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/gateway/aliases, /gateway/models",
    "/gateway/models/trials, /gateway/models",
    "/settings/rule, /settings",
    "/settings/account/password, /settings/account",
    "/settings/audit/proof/export, /settings/audit/proof",
    "/keys/imports, /keys/new",
    "/login/passkey, /login",
  })
  void the_address_of_a_form_with_an_error_opens_the_page_of_the_form(String form, String page) {
    Answer answer = admin.get(form);
    assertThat(answer.status()).isEqualTo(303);
    assertThat(answer.location()).isEqualTo(page);
  }

  @Test
  void the_address_of_every_form_leads_to_a_page() {
    for (var route : app.routes()) {
      String form = address(route);
      if (!route.method().equals("POST") || pages().contains(form) || WITHOUT_PAGE.contains(form)) {
        continue;
      }
      Answer answer = admin.get(form);
      assertThat(answer.status()).as(form).isEqualTo(303);
      String page = answer.location();
      assertThat(admin.head(form).location()).as(form).isEqualTo(page);
      if (page.contains(ID)) { // the page of something that does not exist
        assertThat(pages()).as(form).contains(page);
      } else {
        // 403: the link of an invitation has a token
        assertThat(opened(page)).as(form + " -> " + page).isIn(200, 403);
      }
    }
  }

  private static List<String> pages() {
    return app.routes().stream()
        .filter(route -> route.method().equals("GET"))
        .map(WrongFieldsTest::address)
        .toList();
  }

  private static String address(Routes.Route route) {
    return route.path().replace("{id}", ID).replaceAll("\\{\\w+}", "2");
  }

  private static int opened(String page) {
    Answer answer = admin.get(page);
    return answer.status() == 303 ? admin.status(answer.location()) : answer.status();
  }

  @Test
  void an_address_that_takes_no_form_is_still_not_found() {
    for (String path : List.of("/keys/nothing", "/gateway/tokens/" + new UUID(0, 7), "/nowhere")) {
      assertThat(admin.get(path).status()).as(path).isEqualTo(404);
    }
    assertThat(admin.get("/logout").status()).isEqualTo(405);
  }

  private static Answer send(String path, List<String[]> typed) {
    var fields = new ArrayList<>(List.of("provider", "sandbox", "operation", "chat"));
    typed.forEach(field -> fields.addAll(Arrays.asList(field)));
    return admin.post(path, fields.toArray(String[]::new));
  }
}
