package dev.keywheel;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.Await;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.HttpBrowser.Answer;
import dev.keywheel.support.TestDatabase;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The forms of access tokens and aliases: default models, concurrent changes and double submits.
 */
@Tag("full")
class DefaultModelPageTest {
  private static final String PATH = "/gateway/tokens";

  @AutoClose private static RunningApp app;
  private static HttpBrowser admin;

  @BeforeAll
  static void start() {
    app = RunningApp.withAdministrator();
    admin = app.administrator();
    admin.post("/keys/samples");
    admin.post("/gateway/aliases", "name", "fast", "targets", "sandbox/openai/gpt-4o-mini");
  }

  @Test
  void a_default_model_is_set_shown_changed_and_removed() {
    String page = createToken("name", "night", "defaultModel", " openai/gpt-4o-mini ");
    assertThat(shown(page)).containsEntry("Default model", "openai/gpt-4o-mini");
    assertThat(admin.get(page).page().select("[name=defaultModel]").val())
        .isEqualTo("openai/gpt-4o-mini");
    assertThat(admin.get(page).page().select("#snippet-curl").text())
        .contains("openai/gpt-4o-mini");

    assertThat(change(page, "name", "night", "defaultModel", "fast").status()).isEqualTo(303);
    assertThat(shown(page)).containsEntry("Default model", "fast");

    assertThat(change(page, "name", "night", "defaultModel", "").status()).isEqualTo(303);
    assertThat(shown(page)).doesNotContainKey("Default model");
    assertThat(admin.get("/settings/audit").text()).contains("default model: fast");
  }

  @Test
  void settings_that_another_user_changed_are_not_overwritten_unseen() {
    String path = createToken("name", "shared");
    String seen = admin.get(path).page().select("form[action=" + path + "] [name=based_on]").val();
    change(path, "name", "shared", "requestsPerMinute", "7");
    var answer = change(path, "name", "shared", "notes", "mine", "based_on", seen);
    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.text()).contains("This token was changed after you opened it.");
    assertThat(answer.page().select("[name=notes]").val()).isEqualTo("mine");
    assertThat(shown(path).get("Limited to")).contains("7 a minute");
    seen = answer.page().select("form[action=" + path + "] [name=based_on]").val();
    assertThat(change(path, "name", "shared", "notes", "mine", "based_on", seen).status())
        .isEqualTo(303);
    assertThat(shown(path)).containsEntry("Notes", "mine");
  }

  @Test
  void a_rotation_that_is_sent_twice_issues_one_secret() {
    String path = createToken("name", "rotated");
    String shown = secrets(admin.get(path));
    var rotated = admin.post(path + "/rotation", "grace", "0", "based_on", shown);
    assertThat(rotated.status()).isEqualTo(200);

    var again = admin.post(path + "/rotation", "grace", "0", "based_on", shown);

    assertThat(again.status()).isEqualTo(409);
    assertThat(again.text()).contains("Already rotated");
    String next = secrets(rotated);
    assertThat(admin.post(path + "/rotation", "grace", "0", "based_on", next).status())
        .isEqualTo(200);
  }

  private static String secrets(Answer page) {
    return page.page().select("form[action$=/rotation] [name=based_on]").val();
  }

  @Test
  void entries_for_a_token_that_was_revoked_concurrently_are_kept_for_a_new_one() {
    String path = createToken("name", "revoked", "expires", "2190-01-31");
    assertThat(admin.get(PATH).text()).contains("Active expires");
    admin.post(path + "/revocation");
    var answer = change(path, "name", "revoked", "notes", "mine");
    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.text()).contains("This token was revoked, so your change was not saved.");
    var form = answer.page().select("form[action=" + PATH + "]");
    assertThat(form.select("[name=notes]").val()).isEqualTo("mine");
    assertThat(admin.get(path).page().select("form[action=" + PATH + "]")).isEmpty();
    String id = form.select("[name=token_id]").val();
    assertThat(admin.post(PATH, "name", "once", "token_id", id).status()).isEqualTo(200);
    assertThat(admin.post(PATH, "name", "once", "token_id", id).text())
        .contains("It created one token, once.");
  }

  @Test
  void the_page_of_a_revoked_token_keeps_its_masked_form_and_has_no_addresses_for_programs() {
    String path = createToken("name", "withdrawn");
    String masked = shown(path).get("Token");
    assertThat(masked).matches("kw1_\\w{4}…\\w{4}");
    assertThat(admin.get(path).page().select(".gateway-base")).isNotEmpty();
    admin.post(path + "/revocation");
    assertThat(shown(path)).containsEntry("Token", masked);
    assertThat(admin.get(path).page().select(".gateway-base")).isEmpty();
    assertThat(admin.get(PATH + "?revoked=1").page().select("tr:contains(withdrawn)").text())
        .contains(masked);
  }

  @Test
  void a_request_refused_before_its_model_was_read_is_listed_with_the_model_none() {
    String secret = submitNew("name", "chat only").page().select("#your-token").val();
    assertThat(
            app.browser()
                .postRaw("/v1/embeddings", List.of(), "Authorization", "Bearer " + secret)
                .status())
        .isEqualTo(403);
    String row = "tr:contains(chat only)";
    Await.until(
        "the request is listed",
        () -> !admin.get("/gateway/requests").page().select(row).isEmpty());
    var listed = admin.get("/gateway/requests").page().select(row);
    assertThat(listed.select("[data-label=Model]").text()).isEqualTo("none");
    assertThat(shown(listed.select("a").attr("href"))).containsEntry("Requested model", "none");
  }

  @Test
  void a_typing_error_does_not_hide_the_change_of_another_user() {
    String path = createToken("name", "typing");
    String form = "form[action=" + path + "] [name=based_on]";
    String seen = admin.get(path).page().select(form).val();
    change(path, "name", "typing", "requestsPerMinute", "7");
    var error = change(path, "name", "typing", "requestsPerMinute", "x", "based_on", seen);
    assertThat(error.status()).isEqualTo(422);
    String again = error.page().select(form).val();
    var answer = change(path, "name", "typing", "requestsPerMinute", "8", "based_on", again);
    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.text()).contains("This token was changed after you opened it.");
  }

  @Test
  void a_typing_error_in_targets_does_not_hide_the_change_of_another_user() {
    admin.post("/gateway/aliases", "name", "mistyped", "targets", "sandbox/openai/gpt-4o-mini");
    var form = "form[action^=/gateway/aliases/]:has(textarea):contains(mistyped)";
    var opened = admin.get("/gateway/models").page().select(form);
    String path = opened.attr("action");
    admin.post(path, "targets", "sandbox/openai/gpt-4o");
    String seen = opened.select("[name=based_on]").val();
    var error = admin.post(path, "targets", "nowhere", "based_on", seen);
    assertThat(error.status()).isEqualTo(422);
    String again = error.page().select(form + " [name=based_on]").val();
    assertThat(admin.post(path, "targets", "sandbox/openai/o3", "based_on", again).text())
        .contains("These targets were changed after you opened them");
    admin.post(path + "/deletion");
  }

  @Test
  void a_form_whose_boxes_are_all_unticked_is_refused_with_an_error_at_the_boxes() {
    var none = admin.post(PATH, "name", "nothing", "boxes", "shown");
    assertThat(none.status()).isEqualTo(422);
    assertThat(none.page().select("#e-operation").text())
        .isEqualTo("Choose at least one endpoint.");
    assertThat(none.page().select("#e-provider").text()).isEqualTo("Choose at least one provider.");
    assertThat(none.page().select("details.options").hasAttr("open")).isTrue();
    String path = createToken("name", "no boxes");
    String limits = shown(path).get("Limited to");
    assertThat(admin.get(path).page().select("[name=boxes]")).isNotEmpty();
    assertThat(change(path, "name", "no boxes", "boxes", "shown", "operation", "chat").text())
        .contains("Choose at least one provider.")
        .doesNotContain("Choose at least one endpoint.");
    assertThat(shown(path)).containsEntry("Limited to", limits);
  }

  @Test
  void a_token_limited_to_a_tag_that_no_key_has_is_created_with_a_warning() {
    String warning = "No key has a tag of this token.";
    assertThat(admin.post(PATH, "name", "lost", "tags", "nowhere").text()).contains(warning);
    assertThat(admin.post(PATH, "name", "all").text()).doesNotContain(warning);
  }

  @Test
  void a_model_that_the_catalogue_does_not_have_is_named_in_the_message_and_the_trial() {
    admin.post("/gateway/aliases", "name", "none", "targets", "sandbox/doesnotexist");
    assertThat(admin.get("/gateway/models").text())
        .contains("Alias created, but doesnotexist is not in the catalogue of Sandbox.");
    assertThat(admin.get("/gateway/models?try=none").page().select(".trial").text())
        .isEqualTo("Sandbox, doesnotexist: not in the catalogue of Sandbox");
    assertThat(admin.get("/gateway/models?try=maker/none").text())
        .contains("Shows where chat requests for a model go.")
        .contains("Embedding models need not be listed.");
    assertThat(admin.get("/gateway/models?try=fast").page().select(".trial").text())
        .contains("can serve it now");
  }

  @Test
  void the_targets_of_an_alias_are_listed_in_the_form_in_which_they_are_typed() {
    assertThat(admin.get("/gateway/models").page().select(".targets li").eachText())
        .contains("sandbox/openai/gpt-4o-mini");
  }

  @Test
  void the_prices_and_the_context_of_a_model_name_their_unit_on_a_phone() {
    var row =
        admin.get("/gateway/models").page().select("[aria-labelledby=catalogue-title] tbody tr");
    assertThat(row.first().select("td.number").eachAttr("data-label"))
        .containsExactly(
            "Context (tokens)", "Input per million tokens", "Output per million tokens");
  }

  @Test
  void a_test_request_that_is_submitted_twice_is_sent_once() {
    var form = "form[action=/gateway/models/trials] [name=request_id]";
    String id = admin.get("/gateway/models?try=fast").page().select(form).val();
    var first = admin.post("/gateway/models/trials", "try", "fast", "request_id", id);
    assertThat(first.status()).isEqualTo(200);
    String next = first.page().select(form).val();
    assertThat(next).isNotEqualTo(id);
    var again = admin.post("/gateway/models/trials", "try", "fast", "request_id", id);
    assertThat(again.location()).isEqualTo("/gateway/models?try=fast");
    assertThat(admin.get(again.location()).text()).contains("was not sent again");
    assertThat(admin.post("/gateway/models/trials", "try", "fast", "request_id", next).status())
        .isEqualTo(200);
  }

  @Test
  void a_form_that_is_sent_twice_creates_one_token_and_says_where_its_secret_was_shown() {
    String id = admin.get(PATH).page().select("[name=token_id]").val();
    var first = admin.post(PATH, "name", "pressed twice", "token_id", id);
    assertThat(first.text()).contains("kw1_");
    var second = admin.post(PATH, "name", "pressed twice", "token_id", id);
    assertThat(second.status()).isEqualTo(422);
    assertThat(second.text())
        .contains("It created one token, pressed twice. Its secret was shown on the first page.");
    String next = second.page().select("[name=token_id]").val();
    assertThat(admin.post(PATH, "name", "another", "token_id", next).status()).isEqualTo(200);
    assertThat(admin.post(PATH, "name", "no form", "token_id", "x").status()).isEqualTo(200);
  }

  @Test
  void of_two_changes_at_the_same_time_one_is_refused() throws Exception {
    String path = createToken("name", "raced");
    String seen = admin.get(path).page().select("form[action=" + path + "] [name=based_on]").val();
    var answers = new ArrayList<Future<Integer>>();
    try (var both = Executors.newVirtualThreadPerTaskExecutor()) {
      app.database()
          .runTx(
              tx -> {
                tx.dsl().execute("select from gateway_tokens for update");
                for (String notes : List.of("mine", "theirs")) {
                  answers.add(
                      both.submit(
                          () ->
                              change(path, "name", "raced", "notes", notes, "based_on", seen)
                                  .status()));
                }
                Await.until("both wait", () -> TestDatabase.waitingForLocks(tx) == 2);
              });
    }
    assertThat(List.of(answers.get(0).get(), answers.get(1).get()))
        .containsExactlyInAnyOrder(303, 422);
  }

  @Test
  void targets_of_an_alias_that_another_user_changed_are_not_overwritten_unseen() {
    admin.post("/gateway/aliases", "name", "both", "targets", "sandbox/openai/gpt-4o-mini");
    var form = "form[action^=/gateway/aliases/]:has(textarea):contains(both)";
    var opened = admin.get("/gateway/models").page().select(form);
    String path = opened.attr("action");
    admin.post(path, "targets", "sandbox/openai/gpt-4o");
    String mine = "sandbox/openai/gpt-oss-20b:free";
    String seen = opened.select("[name=based_on]").val();
    var answer = admin.post(path, "targets", mine, "based_on", seen);
    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.text()).contains("These targets were changed after you opened them");
    assertThat(answer.page().select(form + " textarea").val().strip()).isEqualTo(mine);
    seen = answer.page().select(form + " [name=based_on]").val();
    assertThat(admin.post(path, "targets", mine, "based_on", seen).status()).isEqualTo(303);
    admin.post(path + "/deletion");
  }

  @ParameterizedTest
  @CsvSource({
    "'', fast",
    "openai/*, fast", // the target of the alias is allowed
    "fast, fast",
    "openai/gpt-4o-mini, sandbox/openai/gpt-4o-mini",
  })
  void a_model_that_the_token_may_use_is_accepted(String models, String model) {
    String name = models + " " + model;
    assertThat(submitNew("name", name, "models", models, "defaultModel", model).status())
        .isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource({
    "anthropic/*, openai/gpt-4o-mini, The limits of this token do not allow this model.",
    "anthropic/*, fast, The limits of this token do not allow this model.",
    "'', openai/none, No provider with keys offers this model.",
    "'', slow, No provider with keys offers this model.",
  })
  void another_model_is_refused_at_its_field(String models, String model, String reason) {
    Answer answer = submitNew("name", "refused", "models", models, "defaultModel", model);

    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.page().select("#e-defaultModel").text()).startsWith(reason);
    assertThat(answer.page().select("form .field-error").size()).isEqualTo(1);
    assertThat(answer.page().select("[name=defaultModel]").val()).isEqualTo(model);
  }

  @Test
  void a_token_for_embeddings_only_may_have_a_model_that_no_catalogue_lists() {
    assertThat(
            submitNew("name", "vectors", "operation", "embeddings", "defaultModel", "maker/embed")
                .status())
        .isEqualTo(200);
  }

  @Test
  void a_default_model_that_is_no_longer_offered_may_stay_but_no_other_is_accepted() {
    admin.post("/gateway/aliases", "name", "short-lived", "targets", "sandbox/openai/gpt-4o-mini");
    String page = createToken("name", "old", "defaultModel", "short-lived");
    String alias =
        app.database()
            .read(
                dsl -> dsl.fetchValue("select id from gateway_aliases where name = 'short-lived'"))
            .toString();
    admin.post("/gateway/aliases/" + alias + "/deletion");

    assertThat(change(page, "name", "old", "notes", "kept", "defaultModel", "short-lived").status())
        .isEqualTo(303);
    assertThat(change(page, "name", "old", "defaultModel", "other").status()).isEqualTo(422);
    assertThat(shown(page))
        .containsEntry(
            "Default model",
            "short-lived, which is not offered or not allowed: requests without a model are refused")
        .containsEntry("Notes", "kept");
    assertThat(admin.get(page).page().select("#snippet-curl").text())
        .as("a request that is answered")
        .doesNotContain("short-lived")
        .contains("\"model\": \"fast\"");
  }

  /** Creates a token and returns the path of its page. */
  private static String createToken(String... fields) {
    assertThat(submitNew(fields).status()).isEqualTo(200);
    return admin.get(PATH).page().select("table a:contains(" + fields[1] + ")").attr("href");
  }

  private static Answer submitNew(String... fields) {
    return change(PATH, fields);
  }

  private static Answer change(String path, String... fields) {
    boolean limited = Stream.of(fields).anyMatch("operation"::equals);
    Stream<Map.Entry<String, String>> all =
        IntStream.range(0, fields.length / 2)
            .mapToObj(i -> Map.entry(fields[2 * i], fields[2 * i + 1]));
    Stream<Map.Entry<String, String>> operation =
        limited ? Stream.empty() : Stream.of(Map.entry("operation", "chat"));
    return admin.post(path, Stream.concat(all, operation).toList(), admin.token());
  }

  private static Map<String, String> shown(String page) {
    var facts = admin.get(page).page().select(".facts").first();
    List<String> names = facts.select("dt").eachText();
    List<String> values = facts.select("dd").eachText();
    return IntStream.range(0, names.size()).boxed().collect(toMap(names::get, values::get));
  }
}
