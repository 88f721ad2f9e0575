package dev.keywheel.gateway.call;

import static dev.keywheel.gateway.call.TestNode.assertError;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.gateway.model.Alias.AliasTarget;
import dev.keywheel.gateway.token.TokenDetail;
import dev.keywheel.gateway.token.TokenScope;
import dev.keywheel.gateway.token.TokenSettings;
import dev.keywheel.support.TestPool;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that name no model, with a token that has a default model. */
class DefaultModelTest {
  private static final String CHAT = "/v1/chat/completions";

  @AutoClose private static final TestPool pool = new TestPool();

  @AutoClose private final TestNode node = new TestNode(pool);

  @BeforeEach
  void withKey() {
    node.pool.add(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {CHAT, "/v1/messages", "/v1/responses", "/v1/embeddings", "/v1/completions"})
  void the_default_model_is_added_and_the_rest_of_the_body_is_unchanged(String path) {
    String token = node.token(TokenScope.ALL, "other/model");

    var response =
        post(token, path, "\r\n\t { \"x\" : 1.0,\"y\":{\"model\":\"inner\"} , \"stream\":false}\n");

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("x-keywheel-model")).contains("other/model");
    assertThat(sent())
        .isEqualTo(
            "\r\n\t {\"model\":\"other/model\", \"x\" : 1.0,\"y\":{\"model\":\"inner\"} ,"
                + " \"stream\":false}\n");
    assertThat(requestedModels()).containsExactly("other/model");
  }

  @Test
  void an_empty_object_gets_the_default_model_and_the_fields_of_its_alias() {
    node.aliases.create(
        node.pool.admin,
        "usual",
        List.of(new AliasTarget("openrouter", "maker/model", 1, false, "{\"temperature\":0}")));
    String token = node.token(TokenScope.ALL, "usual");

    assertThat(post(token, CHAT, " {} ").statusCode()).isEqualTo(200);

    assertThat(sent()).isEqualTo(" {\"temperature\":0,\"model\":\"maker/model\"} ");
    assertThat(requestedModels()).containsExactly("usual");
  }

  @Test
  void a_request_that_names_a_model_gets_that_model() {
    String token = node.token(TokenScope.ALL, "other/model");

    post(token, CHAT, TestNode.chatBody(false));

    assertThat(sent()).isEqualTo(TestNode.chatBody(false));
  }

  @ParameterizedTest
  @CsvSource({
    "null, The field model must be a string.",
    "'\"\"', The body must name a model.",
    "7, The field model must be a string."
  })
  void an_invalid_model_is_not_replaced_by_the_default_model(String model, String reason) {
    String token = node.token(TokenScope.ALL, "other/model");

    var response = post(token, CHAT, "{\"model\":" + model + ",\"messages\":[]}");

    assertError(response, 400, "invalid_body");
    assertThat(TestNode.text(response)).contains(reason);
    assertThat(node.upstream.calls()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "other/*, maker/model, 404, model_not_found",
    "*, maker/none, 404, model_not_found",
    "openrouter/*, openrouter/auto, 403, not_allowed",
    "maker/*, maker/@preset/any, 403, not_allowed"
  })
  void the_limits_of_the_token_apply_to_its_default_model(
      String allowed, String model, int status, String code) {
    String token = node.token(models(allowed), model);

    var response = post(token, CHAT, "{\"messages\":[]}");

    assertError(response, status, code);
    assertThat(TestNode.text(response)).contains(model);
    assertThat(TestNode.text(response).contains("The default model of this access token"))
        .isEqualTo(status == 404);
    assertThat(node.upstream.calls()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "'openrouter/*', openrouter/auto, '', 'can run other models: openrouter/auto. The request names no model,"
        + " so it gets the default model of this access token, openrouter/auto,' , 'Name another model,'",
    "'openrouter/*', openrouter/auto, '\"preset\":\"p\"', 'can run other models: preset, openrouter/auto.',"
        + " 'Name another model and leave out the rest,'",
    "'openrouter/auto', openrouter/auto, '\"preset\":\"p\"', 'can run other models: preset.', 'Leave out what is listed,'",
    "'other/*', other/model, '\"preset\":\"p\"', 'can run other models: preset.', 'Leave out what is listed,'"
  })
  void a_refusal_says_whether_the_default_model_or_the_request_is_the_cause(
      String allowed, String model, String body, String cause, String advice) {
    String token = node.token(models(allowed), model);

    var response = post(token, CHAT, "{" + body + "}");

    assertError(response, 403, "not_allowed");
    assertThat(TestNode.text(response)).contains(cause).contains(advice);
  }

  @Test
  void a_changed_default_model_applies_to_the_next_request() {
    String token = node.token(TokenScope.ALL, "other/model");
    post(token, CHAT, "{\"messages\":[]}");
    TokenDetail detail = node.tokens.latest(node.pool.workspace, 1).getFirst();
    String name = detail.settings().name();

    node.tokens.change(
        node.pool.admin,
        detail.id(),
        new TokenSettings(name, "", TokenScope.ALL, "maker/model", false),
        _ -> {});
    post(token, CHAT, "{\"messages\":[]}");
    node.tokens.change(
        node.pool.admin,
        detail.id(),
        new TokenSettings(name, "", TokenScope.ALL, null, false),
        _ -> {});
    var without = post(token, CHAT, "{\"messages\":[]}");

    assertError(without, 400, "invalid_body");
    assertThat(TestNode.text(without)).contains("has no default model");
    assertThat(node.upstream.calls())
        .extracting(call -> new String(call.body(), UTF_8))
        .containsExactly(
            "{\"model\":\"other/model\",\"messages\":[]}",
            "{\"model\":\"maker/model\",\"messages\":[]}");
    assertThat(requestedModels()).containsExactlyInAnyOrder("other/model", "maker/model", "");
  }

  private static TokenScope models(String pattern) {
    return new TokenScope(
        Set.of(), List.of(pattern), Set.of(), Set.of(), 0, 0, null, List.of(), false);
  }

  private HttpResponse<byte[]> post(String token, String path, String body) {
    return node.send(
        node.request(path)
            .setHeader("Authorization", "Bearer " + token)
            .POST(BodyPublishers.ofString(body))
            .build());
  }

  private String sent() {
    return new String(node.upstream.calls().getFirst().body(), UTF_8);
  }

  /** The models of all requests, as the page of requests shows them. */
  private List<String> requestedModels() {
    assertThat(node.requests()).isNotEmpty();
    return node.pool.database.read(
        dsl -> dsl.fetch("select model_asked from gateway_requests").getValues(0, String.class));
  }
}
