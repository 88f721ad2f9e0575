package dev.keywheel.gateway.call;

import static dev.keywheel.gateway.call.GatewayRelayTest.LAST;
import static dev.keywheel.gateway.call.GatewayRelayTest.ONE;
import static dev.keywheel.gateway.call.TestNode.assertError;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.gateway.http.GatewayTimeouts;
import dev.keywheel.gateway.model.Alias.AliasTarget;
import dev.keywheel.gateway.token.TokenScope;
import dev.keywheel.provider.ApiProtocol;
import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.Catalogue;
import dev.keywheel.provider.ChatRequest;
import dev.keywheel.provider.CheckOutcome;
import dev.keywheel.provider.ImageRequest;
import dev.keywheel.provider.Provider;
import dev.keywheel.secret.Secret;
import dev.keywheel.support.ScriptedUpstream;
import dev.keywheel.support.StreamUpstream;
import dev.keywheel.support.TestPool;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Models, headers, limits, and the bytes that the gateway changes. */
class GatewayContractTest {
  @AutoClose private static final TestPool pool = new TestPool();

  @AutoClose private TestNode node = new TestNode(pool);

  @Test
  void models_are_listed_in_the_format_of_each_api() {
    node.pool.add(1);
    var openAi = TestNode.json(get("/v1/models", node.token()));
    var anthropic =
        TestNode.json(
            node.send(
                node.request("/v1/models?limit=2")
                    .header("anthropic-version", "2023-06-01")
                    .build()));

    assertThat(openAi.path("object").asText()).isEqualTo("list");
    assertThat(openAi.path("data").findValuesAsText("id"))
        .containsExactly("maker/model", "maker/model:free", "other/model", "claude-like");
    var first = openAi.path("data").path(0);
    assertThat(first.path("object").asText()).isEqualTo("model");
    assertThat(first.path("owned_by").asText()).isEqualTo("openrouter");
    assertThat(first.path("context_length").asInt()).isEqualTo(1_000);
    assertThat(first.path("pricing").path("prompt").asText()).isEqualTo("0.000001");
    assertThat(anthropic.path("data").findValuesAsText("id"))
        .containsExactly("maker/model", "maker/model:free");
    assertThat(anthropic.path("data").path(0).path("type").asText()).isEqualTo("model");
    assertThat(anthropic.path("data").path(0).path("display_name").asText()).isEqualTo("A model");
    assertThat(anthropic.path("has_more").asBoolean()).isTrue();
    assertThat(anthropic.path("first_id").asText()).isEqualTo("maker/model");
    assertThat(anthropic.path("last_id").asText()).isEqualTo("maker/model:free");
  }

  @Test
  void a_page_of_models_after_an_unknown_model_is_refused() {
    node.pool.add(1);
    for (String name : List.of("after_id", "before_id")) {
      var response =
          node.send(
              node.request("/v1/models?" + name + "=maker/gone")
                  .header("anthropic-version", "2023-06-01")
                  .build());

      assertThat(response.statusCode()).isEqualTo(400);
      assertThat(TestNode.text(response)).contains("invalid_request_error").contains(name);
    }
  }

  @Test
  void a_model_is_found_with_its_slash_escaped_or_not_and_only_by_a_token_that_may_use_it() {
    node.pool.add(1);
    String limited = node.token(models("other/*"));

    assertThat(TestNode.text(get("/v1/models/maker/model", node.token())))
        .isEqualTo(TestNode.text(get("/v1/models/maker%2Fmodel", node.token())))
        .contains("\"id\":\"maker/model\"");
    assertError(get("/v1/models/maker/model", limited), 404, "model_not_found");
    assertThat(TestNode.json(get("/v1/models", limited)).path("data").findValuesAsText("id"))
        .containsExactly("other/model");
    assertThat(get("/x/a%2Fb", node.token()).statusCode()).isEqualTo(400);
    assertThat(get("/x/a%25b", node.token()).statusCode()).isEqualTo(400);
  }

  @Test
  void a_model_is_found_by_each_name_that_a_request_may_use() {
    node.pool.add(1);
    node.alias("mine-*", "maker/*");

    for (String name : List.of("openrouter/maker/model", "maker/model:nitro", "mine-model")) {
      assertThat(TestNode.json(get("/v1/models/" + name, node.token())).path("id").asText())
          .isEqualTo(name);
    }
    for (String name : List.of("openrouter/maker/none", "maker/none", "mine-none")) {
      assertError(get("/v1/models/" + name, node.token()), 404, "model_not_found");
    }
    assertError(
        get("/v1/models/openrouter/maker/model", node.token(models("other/*"))),
        404,
        "model_not_found");
  }

  @Test
  void an_alias_changes_only_the_model_of_a_request() {
    node.pool.add(1);
    node.alias("claude-small", "maker/model");
    String body = "{ \"x\":1.0,\"model\" :\t\"claude-small\", \"messages\":[],\"y\":1e2 }";

    var response = node.post("/v1/chat/completions", body);

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(sent()).isEqualTo(body.replace("claude-small", "maker/model"));
    assertThat(response.headers().firstValue("x-keywheel-model")).contains("maker/model");
  }

  @Test
  void a_chat_completion_keeps_a_field_that_only_the_responses_api_knows() {
    node.pool.add(1);
    String body = "{\"model\":\"maker/model\",\"background\":true,\"messages\":[]}";

    assertThat(node.post("/v1/chat/completions", body).statusCode()).isEqualTo(200);
    assertThat(sent()).isEqualTo(body);
  }

  @Test
  void an_alias_sets_the_fields_of_its_target() {
    node.pool.add(1);
    String fields = "{\"temperature\": 0.0, \"provider\":{\"sort\":\"price\"}}";
    node.aliases.create(
        node.pool.admin,
        "cheap",
        List.of(new AliasTarget("openrouter", "maker/model", 1, false, fields)));
    String body = "{\"model\":\"cheap\",\"temperature\":1.5,\"stream\":true,\"messages\":[]}";

    node.post("/v1/chat/completions", body);

    assertThat(sent())
        .isEqualTo(
            "{\"provider\":{\"sort\":\"price\"},\"model\":\"maker/model\",\"temperature\":0.0,"
                + "\"stream\":true,\"messages\":[]}");

    assertThat(node.trial("cheap").answered()).isTrue();

    assertThat(sent())
        .contains("\"temperature\":0.0")
        .contains("\"provider\":{\"sort\":\"price\"}")
        .contains("\"model\":\"maker/model\"");
  }

  @Test
  void the_second_target_of_an_alias_is_called_when_the_first_is_overloaded() {
    node.pool.add(1);
    node.alias("steady", "maker/model", "other/model");
    node.upstream.answer(
        "*",
        StreamUpstream.json(429, ScriptedUpstream.upstream429().body(), "Retry-After", "60"),
        StreamUpstream.json(200, ScriptedUpstream.ok().body()));

    var response = node.post("/v1/chat/completions", "{\"model\":\"steady\",\"messages\":[]}");

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("x-keywheel-model")).contains("other/model");
  }

  @Test
  void a_request_of_claude_code_reaches_the_provider_unchanged() {
    node.pool.add(1);
    node.upstream.answer("*", StreamUpstream.json(200, "{\"id\":\"msg_1\",\"type\":\"message\"}"));
    String body =
        "{\"model\":\"maker/model\",\"system\":[{\"type\":\"text\",\"text\":\"x\","
            + "\"cache_control\":{\"type\":\"ephemeral\"}}],\"max_tokens\":32000,\"messages\":[]}";

    var response =
        node.send(
            HttpRequest.newBuilder(node.uri("/v1/messages?x=1&beta=true&y=2"))
                .header("x-api-key", node.token())
                .header("Content-Type", "application/json")
                .header("anthropic-version", "2023-06-01")
                .header("anthropic-beta", "a-1,b-2")
                .header("User-Agent", "claude-cli/2")
                .header("Cookie", "session=x")
                .header("X-Forwarded-For", "192.0.2.9")
                .POST(BodyPublishers.ofString(body))
                .build());

    assertThat(response.statusCode()).isEqualTo(200);
    var call = node.upstream.calls().getFirst();
    assertThat(call.path()).isEqualTo("/api/v1/messages?beta=true");
    assertThat(new String(call.body(), UTF_8)).isEqualTo(body);
    assertThat(call.header("anthropic-beta")).isEqualTo("a-1,b-2");
    assertThat(call.header("x-anthropic-beta")).isEqualTo("a-1,b-2");
    assertThat(call.header("anthropic-version")).isEqualTo("2023-06-01");
    assertThat(call.header("user-agent")).isEqualTo("claude-cli/2");
    assertThat(call.headers())
        .doesNotContainKeys("cookie", "x-forwarded-for", "x-api-key", "authorization");
  }

  @Test
  void an_access_token_in_any_header_does_not_reach_the_provider() {
    node.pool.add(1);
    String agent = "tool/1 (" + node.token() + ")";

    var response =
        node.send(
            node.request("/v1/chat/completions")
                .header("User-Agent", agent)
                .header("X-Title", node.token())
                .POST(BodyPublishers.ofString(TestNode.chatBody(false)))
                .build());

    assertThat(response.statusCode()).isEqualTo(200);
    var call = node.upstream.calls().getLast();
    assertThat(call.headers().values()).noneMatch(value -> value.contains("kw1_"));
    assertThat(call.header("user-agent")).isEqualTo("Keywheel");
  }

  @Test
  void a_token_with_a_rate_limit_gets_the_remaining_count_and_is_refused_above_it() {
    node.pool.add(1);
    String token =
        node.token(
            new TokenScope(Set.of(), List.of(), Set.of(), Set.of(), 3, 0, null, List.of(), true));

    for (int left = 2; left >= 0; left--) {
      var response = chat(token);
      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(response.headers().firstValue("x-ratelimit-limit-requests")).contains("3");
      assertThat(response.headers().firstValue("x-ratelimit-remaining-requests"))
          .contains(String.valueOf(left));
    }
    var refused = chat(token);
    assertError(refused, 429, "rate_limit_exceeded");
    assertThat(refused.headers().firstValue("retry-after")).isPresent();
    assertThat(refused.headers().firstValue("x-ratelimit-reset-requests").orElseThrow())
        .matches("\\d+s");
    assertThat(node.upstream.calls()).hasSize(3);
    assertThat(node.requests()).containsExactlyInAnyOrder("ok", "ok", "ok", "refused");
  }

  @Test
  void only_tokens_with_the_right_to_it_get_the_name_of_the_key() {
    node.pool.add(1);

    assertThat(chat(node.token(TokenScope.ALL, true)).headers().firstValue("x-keywheel-key"))
        .contains("key1");
    assertThat(node.chat().headers().firstValue("x-keywheel-key")).isEmpty();
  }

  @Test
  void a_key_name_with_other_characters_than_visible_ascii_is_percent_encoded() {
    node.pool.add("Zoë 2+%");

    assertThat(chat(node.token(TokenScope.ALL, true)).headers().firstValue("x-keywheel-key"))
        .contains("Zo%C3%AB%202%2B%25");
  }

  @Test
  void usage_is_requested_where_the_provider_needs_it_and_removed_again() {
    node.close();
    node = new TestNode(pool, GatewayTimeouts.DEFAULT, Duration.ofSeconds(10), UsageOnRequest::new);
    node.pool.add(1);
    String usage =
        "data: {\"id\":\"gen-1\",\"choices\":[],\"usage\":{\"prompt_tokens\":7,"
            + "\"completion_tokens\":1}}\n\n";
    node.upstream.answer("*", StreamUpstream.stream(ONE, usage, LAST));

    var without = node.post("/v1/chat/completions", TestNode.chatBody(true));
    String requesting =
        TestNode.chatBody(true)
            .replace("{\"model\"", "{\"stream_options\":{\"include_usage\":true},\"model\"");
    var with = node.post("/v1/chat/completions", requesting);

    assertThat(TestNode.text(without)).isEqualTo(ONE + LAST);
    assertThat(TestNode.text(with)).isEqualTo(ONE + usage + LAST);
    assertThat(sent()).contains("\"stream_options\":{\"include_usage\":true}");
    assertThat(new String(node.upstream.calls().getLast().body(), UTF_8)).isEqualTo(requesting);
    assertThat(node.requests()).containsExactly("ok", "ok");
    List<Integer> tokens =
        node.pool.database.read(
            dsl ->
                dsl.fetch("select prompt_tokens from gateway_requests")
                    .getValues(0, Integer.class));
    assertThat(tokens).containsExactly(7, 7);
  }

  /** A provider that reports usage in streams only on request. */
  private record UsageOnRequest(Provider real) implements Provider {
    @Override
    public String name() {
      return real.name();
    }

    @Override
    public String label() {
      return real.label();
    }

    @Override
    public CheckOutcome check(Secret key, Duration deadline) {
      return real.check(key, deadline);
    }

    @Override
    public CallOutcome chat(Secret key, ChatRequest request) {
      return real.chat(key, request);
    }

    @Override
    public CallOutcome image(Secret key, ImageRequest request) {
      return real.image(key, request);
    }

    @Override
    public Optional<URI> endpoint(ApiProtocol protocol) {
      return protocol == ApiProtocol.MESSAGES ? Optional.empty() : real.endpoint(protocol);
    }

    @Override
    public boolean streamsUsageUnasked() {
      return false;
    }

    @Override
    public Catalogue catalogue() {
      return real.catalogue();
    }
  }

  @Test
  void a_provider_that_does_not_support_the_protocol_is_named() {
    node.close();
    node = new TestNode(pool, GatewayTimeouts.DEFAULT, Duration.ofSeconds(10), UsageOnRequest::new);
    node.pool.add(1);

    var response = node.post("/v1/messages", "{\"model\":\"maker/model\",\"messages\":[]}");

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(TestNode.text(response)).contains("OpenRouter does not serve");
    assertThat(node.upstream.calls()).isEmpty();
  }

  private static TokenScope models(String pattern) {
    return new TokenScope(
        Set.of(), List.of(pattern), Set.of(), Set.of(), 0, 0, null, List.of(), false);
  }

  private String sent() {
    return new String(node.upstream.calls().getFirst().body(), UTF_8);
  }

  private HttpResponse<byte[]> get(String path, String token) {
    return node.send(
        HttpRequest.newBuilder(node.uri(path)).header("Authorization", "Bearer " + token).build());
  }

  private HttpResponse<byte[]> chat(String token) {
    return node.send(
        HttpRequest.newBuilder(node.uri("/v1/chat/completions"))
            .header("Authorization", "Bearer " + token)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(TestNode.chatBody(false)))
            .build());
  }
}
