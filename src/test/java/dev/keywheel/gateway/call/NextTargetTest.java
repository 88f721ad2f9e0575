package dev.keywheel.gateway.call;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.gateway.call.TestNode.assertError;
import static java.time.temporal.ChronoUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.gateway.model.Alias.AliasTarget;
import dev.keywheel.gateway.token.TokenScope;
import dev.keywheel.key.pool.KeyModels;
import dev.keywheel.support.ScriptedUpstream;
import dev.keywheel.support.StreamUpstream;
import dev.keywheel.support.TestPool;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which errors of the first model of an alias lead to a call of its second model. */
final class NextTargetTest {
  @AutoClose private static final TestPool pool = new TestPool();

  @AutoClose private final TestNode node = new TestNode(pool);

  private UUID key;

  @BeforeEach
  void an_alias_of_two_models() {
    key = node.pool.add(1).getFirst();
    node.alias("either", "maker/model", "other/model");
  }

  @ParameterizedTest
  @CsvSource({
    "403, 'maker/model is only available on agentic harnesses', ''",
    "403, OpenAI is requiring a key to access this model, ''",
    "403, Not available in your region, 'region_restricted'",
    "404, No endpoints found for maker/model, ''",
    "404, The free period of this model has ended, 'free_variant_ended'",
    "400, maker/model is not a valid model ID, ''",
    "400, This endpoint's maximum context length is 4096 tokens, ''"
  })
  void an_error_of_the_first_model_leads_to_a_call_of_the_second(
      int status, String message, String availability) {
    var response = statusAfter(status, message, availability, "");

    assertThat(response).isEqualTo(200);
    assertThat(node.upstream.calls()).hasSize(2);
  }

  @ParameterizedTest
  @CsvSource({
    "422, Bad parameter, ''",
    "403, Your input was flagged, '\"reasons\":[\"violence\"]'"
  })
  void an_error_of_the_request_leads_to_no_call_of_the_second_model(
      int status, String message, String metadata) {
    var response = statusAfter(status, message, "", metadata);

    assertThat(response).isEqualTo(status);
    assertThat(node.upstream.calls()).hasSize(1);
  }

  @Test
  void retry_after_is_the_shortest_wait_of_the_models() {
    var now = pool.clock.instant();
    node.alias("cheap", "maker/model:free", "other/model");
    pool.database.runTx(
        tx -> {
          KeyModels.exclude(tx, key, "other/model", "cut off", now);
          tx.dsl()
              .update(API_KEYS)
              .set(API_KEYS.USABLE_FREE, false)
              .set(API_KEYS.UNTIL, now.plusSeconds(40))
              .set(API_KEYS.CHECK_DUE, now.plusSeconds(40))
              .execute();
        });

    var response = node.post("/v1/chat/completions", "{\"model\":\"cheap\",\"messages\":[]}");
    var trial = node.trial("cheap");

    assertError(response, 429, "pool_limited");
    assertThat(response.headers().firstValue("retry-after")).contains("40");
    assertThat(response.headers().firstValue("x-should-retry")).isEmpty();
    assertThat(trial.text())
        .contains("tried again at " + now.plusSeconds(41).truncatedTo(SECONDS) + ".");
  }

  @Test
  void a_pause_that_begins_with_the_call_of_the_first_model_is_reported_if_the_second_has_no_key() {
    var until = pool.clock.instant().plusSeconds(30);
    var failure = StreamUpstream.json(502, "{\"error\":{\"message\":\"broken\",\"code\":502}}");
    node.upstream.answer(
        "*",
        call -> {
          pool.pause(until);
          failure.answer(call);
        });
    node.aliases.create(
        pool.admin,
        "anywhere",
        List.of(
            new AliasTarget("openrouter", "maker/model"), new AliasTarget("other", "maker/model")));

    var response = node.post("/v1/chat/completions", "{\"model\":\"anywhere\",\"messages\":[]}");

    assertError(response, 503, "no_key_available");
    assertThat(TestNode.text(response)).contains("The pool is paused.");
    assertThat(response.headers().firstValue("retry-after")).isPresent();
  }

  @Test
  void the_limits_of_a_token_apply_although_the_first_provider_has_no_keys() {
    node.aliases.create(
        pool.admin,
        "anywhere",
        List.of(
            new AliasTarget("other", "maker/model"), new AliasTarget("openrouter", "maker/model")));
    var once = new TokenScope(Set.of(), List.of(), Set.of(), Set.of(), 1, 0, null, List.of(), true);
    var request =
        node.request("/v1/chat/completions")
            .setHeader("Authorization", "Bearer " + node.token(once))
            .POST(BodyPublishers.ofString("{\"model\":\"anywhere\",\"messages\":[]}"))
            .build();

    assertThat(node.send(request).statusCode()).isEqualTo(200);

    assertError(node.send(request), 429, "rate_limit_exceeded");
    assertThat(node.upstream.calls()).hasSize(1);
  }

  @Test
  void a_request_is_counted_once_although_its_token_changes_before_the_second_provider() {
    node.aliases.create(
        pool.admin,
        "anywhere",
        List.of(
            new AliasTarget("other", "maker/model"), new AliasTarget("openrouter", "maker/model")));
    var limited =
        new TokenScope(Set.of(), List.of(), Set.of(), Set.of(), 5, 0, null, List.of(), true);
    pool.test.asOwner(
        """
        truncate gateway_token_minutes;
        create function change_once() returns trigger language plpgsql security definer as $$
        begin
          update workspaces set gateway_revision = gateway_revision + 1;
          return new;
        end
        $$;
        create trigger change_once after insert on gateway_token_minutes for each row execute function change_once()""");
    try {
      var request =
          node.request("/v1/chat/completions")
              .setHeader("Authorization", "Bearer " + node.token(limited))
              .POST(BodyPublishers.ofString("{\"model\":\"anywhere\",\"messages\":[]}"))
              .build();

      assertThat(node.send(request).statusCode()).isEqualTo(200);

      assertThat(
              pool.database.<Integer>read(
                  dsl ->
                      dsl.fetchSingle("select sum(requests)::int from gateway_token_minutes")
                          .get(0, Integer.class)))
          .isEqualTo(1);
    } finally {
      pool.test.asOwner(
          "drop trigger change_once on gateway_token_minutes; drop function change_once()");
    }
  }

  @Test
  void a_target_whose_provider_is_switched_off_is_left_out() {
    setTargets(
        """
        [{"provider": "off", "model": "maker/model"},
         {"provider": "off", "model": "maker/model"},
         {"provider": "openrouter", "model": "other/model", "beside": true}]""");

    var response = node.post("/v1/chat/completions", "{\"model\":\"either\",\"messages\":[]}");

    assertThat(response.headers().firstValue("x-keywheel-model")).contains("other/model");
    assertThat(node.trial("either").answered()).isTrue();
  }

  @Test
  void an_alias_without_any_provider_that_is_switched_on_is_unknown() {
    setTargets("[{\"provider\": \"off\", \"model\": \"maker/model\"}]");

    var response = node.post("/v1/chat/completions", "{\"model\":\"either\",\"messages\":[]}");

    assertError(response, 404, "model_not_found");
    assertThat(TestNode.text(node.send(node.request("/v1/models").build())))
        .doesNotContain("either");
  }

  private static void setTargets(String targets) {
    pool.test.asOwner("update gateway_aliases set targets = '" + targets + "'");
  }

  private int statusAfter(int status, String message, String availability, String metadata) {
    String code = availability.isEmpty() ? "" : ",\"availability\":{\"code\":\"%s\"}";
    node.upstream.answer(
        "*",
        StreamUpstream.json(
            status,
            "{\"error\":{\"code\":%d,\"message\":\"%s\"%s,\"metadata\":{%s}}}"
                .formatted(status, message, code.formatted(availability), metadata)),
        StreamUpstream.json(200, ScriptedUpstream.ok().body()));
    return node.post("/v1/chat/completions", "{\"model\":\"either\",\"messages\":[]}").statusCode();
  }
}
