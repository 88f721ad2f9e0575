package dev.keywheel.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.sandbox.base.SandboxJson;
import dev.keywheel.sandbox.base.SandboxOperation;
import dev.keywheel.sandbox.faults.SandboxKey;
import dev.keywheel.support.TestClock;
import dev.keywheel.time.Delayer;
import java.io.UncheckedIOException;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each behaviour of a key, tested over HTTP. */
class SandboxFaultsTest {
  private final TestClock clock = new TestClock();
  private final List<Duration> waits = new ArrayList<>();

  @AutoClose
  private final Sandbox sandbox =
      Sandbox.start(SandboxOptions.instant().withClock(clock).withPause(waits::add));

  private final Caller caller = new Caller(sandbox);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          valid-01           | 200 | 200 |
          valid-77           | 200 | 200 |
          freetier-02        | 200 | 200 |
          ratelimited-90s-03 | 429 | 429 | Rate limit exceeded
          daily-04           | 429 | 200 | Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 free model requests per day
          minute-05          | 429 | 200 | 'Rate limit exceeded: free-models-per-min. '
          bare429-06         | 429 | 200 | Rate limit exceeded
          exhausted-07       | 402 | 200 | Insufficient credits. Add more using https://openrouter.ai/settings/credits
          keycap-08          | 403 | 200 | Key limit exceeded (daily limit). Manage it using https://openrouter.ai/settings/keys
          budget-09          | 403 | 200 | Workspace monthly budget of $500.00 exceeded. Contact your org admin.
          revoked-10         | 401 | 401 | User not found.
          recover-2-11       | 401 | 401 | User not found.
          doubt-12           | 401 | 200 | User not found.
          management-13      | 401 | 200 | User not found.
          expired-14         | 401 | 200 | User not found.
          byok-15            | 401 | 200 | Provider returned error
          bare403-16         | 403 | 200 | Forbidden
          upstream-17        | 429 | 200 | Provider returned error
          noendpoint-18      | 404 | 200 | No endpoints found for deepseek/deepseek-r1-0528:free.
          agentic-19         | 403 | 200 | deepseek/deepseek-r1-0528:free is only available on agentic harnesses. Try plugging it into a coding agent or productivity app listed on https://openrouter.ai/apps
          timeout504-20      | 504 | 200 | Provider did not respond in time
          error200-21        | 200 | 200 | Provider returned error
          flaky-100-22       | 502 | 200 | Provider returned error
          """)
  void the_name_of_a_key_decides_how_its_calls_end(
      String behaviour, int chatStatus, int checkStatus, String message) {
    var key = SandboxKey.PREFIX + behaviour;
    var chat = caller.chat(key);
    assertThat(chat.status()).isEqualTo(chatStatus);
    assertThat(chat.error()).isEqualTo(message == null ? "" : message);
    assertThat(caller.get("/key", key).status()).isEqualTo(checkStatus);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sk-or-v1-0123456789abcdef",
        "sk-or-demo-",
        "sk-or-demo-wonderful-01",
        "sk-or-demo-quota-x-04",
        "sk-or-demo-toolbug-unheard-01",
        "sk-or-demo-valid-extra-01"
      })
  void an_unknown_key_is_refused_except_by_the_catalogue(String key) {
    assertThat(caller.chat(key).status()).isEqualTo(401);
    assertThat(caller.get("/key", key).error()).isEqualTo("User not found.");
    assertThat(caller.get("/credits", key).status()).isEqualTo(401);
    assertThat(caller.get("/models", key).status()).isEqualTo(200);
  }

  @Test
  void a_missing_key_and_a_wrong_key_get_different_errors() {
    assertThat(caller.chat("").error()).isEqualTo("No cookie auth credentials found");
    assertThat(caller.chat("sk-or-demo-unheard-01").error()).isEqualTo("User not found.");
  }

  @Test
  void a_rate_limited_key_works_after_its_retry_time() {
    var key = "sk-or-demo-ratelimited-90s-02";
    assertThat(caller.chat(key).header("Retry-After")).isEqualTo("90");
    clock.tick(Duration.ofSeconds(60));
    assertThat(caller.chat(key).header("Retry-After")).isEqualTo("30");
    assertThat(caller.get("/key", key).header("Retry-After")).isEqualTo("30");
    clock.tick(Duration.ofSeconds(30));
    assertThat(caller.chat(key).status()).isEqualTo(200);
    assertThat(caller.get("/key", key).status()).isEqualTo(200);
  }

  @Test
  void a_used_up_daily_limit_states_the_next_midnight_in_milliseconds() {
    var answer = caller.chat("sk-or-demo-quota-2-04@shared");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(caller.chat("sk-or-demo-quota-2-04@shared").status()).isEqualTo(200);
    var spent = caller.chat("sk-or-demo-quota-2-04@shared");
    assertThat(spent.status()).isEqualTo(429);
    assertThat(spent.header("X-RateLimit-Reset")).isEqualTo("1773187200000");
    assertThat(spent.at("/error/metadata/headers/X-RateLimit-Reset").asText())
        .isEqualTo("1773187200000");
    assertThat(spent.at("/error/metadata/limit_source").asText())
        .isEqualTo("openrouter_free_tier_daily");
    assertThat(spent.at("/user_id").asText()).startsWith("user_");
  }

  @Test
  void keys_of_one_account_share_its_day() {
    caller.chat("sk-or-demo-daily-03@acme");
    assertThat(caller.chat("sk-or-demo-valid-04@acme").status()).isEqualTo(429);
    assertThat(caller.chat("sk-or-demo-valid-05@other").status()).isEqualTo(200);
    var check = caller.get("/key", "sk-or-demo-valid-04@acme");
    assertThat(check.at("/data/free_model_daily_requests/remaining").asInt()).isZero();
    assertThat(check.at("/data/creator_user_id"))
        .isEqualTo(caller.get("/key", "sk-or-demo-daily-03@acme").at("/data/creator_user_id"));
    clock.tick(Duration.ofDays(1));
    assertThat(caller.chat("sk-or-demo-valid-04@acme").status()).isEqualTo(200);
  }

  @Test
  void free_limits_do_not_apply_to_paid_models() {
    assertThat(caller.chat("sk-or-demo-daily-03", Caller.body(Caller.PAID_MODEL, "hi")).status())
        .isEqualTo(200);
    assertThat(caller.chat("sk-or-demo-freetier-03", Caller.body(Caller.PAID_MODEL, "hi")).status())
        .isEqualTo(402);
  }

  @Test
  void the_free_calls_of_an_account_per_minute_are_limited() {
    try (var strict =
        Sandbox.start(SandboxOptions.instant().withClock(clock).withFreePerMinute(2))) {
      var strictly = new Caller(strict);
      assertThat(strictly.chat("sk-or-demo-valid-01@a").status()).isEqualTo(200);
      assertThat(strictly.chat("sk-or-demo-valid-02@a").status()).isEqualTo(200);
      assertThat(strictly.chat("sk-or-demo-valid-03@a").status()).isEqualTo(429);
      clock.tick(Duration.ofSeconds(61));
      assertThat(strictly.chat("sk-or-demo-valid-03@a").status()).isEqualTo(200);
    }
  }

  @Test
  void a_key_with_little_credit_works_for_smaller_answers() {
    var key = "sk-or-demo-afford-2000-06";
    var large = caller.chat(key, Caller.body(Caller.FREE_MODEL, "hi").put("max_tokens", 4000));
    assertThat(large.status()).isEqualTo(402);
    assertThat(large.error()).contains("You requested up to 4000 tokens, but can only afford 2000");
    assertThat(caller.chat(key).status()).isEqualTo(200);
  }

  @Test
  void a_recovering_key_works_after_its_number_of_checks() {
    var key = "sk-or-demo-recover-2-26";
    assertThat(caller.get("/key", key).status()).isEqualTo(401);
    assertThat(caller.get("/key", key).status()).isEqualTo(401);
    assertThat(caller.get("/key", key).status()).isEqualTo(200);
    assertThat(caller.chat(key).status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"upstream-14", "noendpoint-15", "agentic-16"})
  void model_errors_end_with_the_next_model(String behaviour) {
    var key = SandboxKey.PREFIX + behaviour;
    assertThat(caller.chat(key).status()).isNotEqualTo(200);
    assertThat(caller.chat(key, Caller.body("z-ai/glm-4.5-air:free", "hi")).status())
        .isEqualTo(200);
    assertThat(caller.chat(key).status()).isNotEqualTo(200);
  }

  @Test
  void upstream_errors_name_the_upstream_provider() {
    assertThat(caller.chat("sk-or-demo-upstream-14").at("/error/metadata/limit_source").asText())
        .isEqualTo("upstream_provider_shared_pool");
    assertThat(caller.chat("sk-or-demo-byok-14").at("/error/metadata/provider_name").asText())
        .isEqualTo("Anthropic");
    var moderated = caller.chat("sk-or-demo-moderation-20");
    assertThat(moderated.status()).isEqualTo(403);
    assertThat(moderated.at("/error/metadata/reasons").isEmpty()).isFalse();
  }

  @Test
  void some_keys_get_a_200_without_a_usable_answer() {
    assertThat(caller.chat("sk-or-demo-empty-17").content()).isEmpty();
    assertThat(caller.chat("sk-or-demo-empty-17").finish()).isEqualTo("stop");
    assertThat(caller.chat("sk-or-demo-nochoices-17").at("/choices").isEmpty()).isTrue();
    assertThat(caller.chat("sk-or-demo-choiceerror-17").finish()).isEqualTo("error");
    assertThat(caller.chat("sk-or-demo-choiceerror-17").at("/choices/0/error/code").asInt())
        .isEqualTo(502);
    assertThat(caller.chat("sk-or-demo-filter-17").finish()).isEqualTo("content_filter");
    assertThat(caller.chat("sk-or-demo-refuse-21").content()).startsWith("I'm sorry");
  }

  @Test
  void reasoning_that_uses_up_the_tokens_succeeds_with_more() {
    var key = "sk-or-demo-reasoning-18";
    var first = caller.chat(key);
    assertThat(first.content()).isEmpty();
    assertThat(first.finish()).isEqualTo("length");
    assertThat(first.at("/usage/completion_tokens_details/reasoning_tokens").asInt())
        .isEqualTo(200);
    var more = Caller.body(Caller.FREE_MODEL, "Say hello.").put("max_tokens", 400);
    assertThat(caller.chat(key, more).content()).isNotEmpty();
  }

  @Test
  void cdn_errors_are_html_pages() {
    for (var behaviour : List.of("html502-19", "cdn429-19")) {
      var answer = caller.chat(SandboxKey.PREFIX + behaviour);
      assertThat(answer.header("Content-Type")).startsWith("text/html");
      assertThat(answer.status()).isEqualTo(behaviour.startsWith("html") ? 502 : 429);
    }
    assertThat(caller.get("/nowhere", "sk-or-demo-valid-01").header("Content-Type"))
        .startsWith("text/html");
  }

  @Test
  void a_reset_connection_has_no_answer_and_a_cut_answer_is_not_json() {
    assertThatThrownBy(() -> caller.chat("sk-or-demo-reset-11"))
        .isInstanceOf(UncheckedIOException.class);
    var cut = caller.chat("sk-or-demo-cutjson-11").response();
    assertThat(cut.statusCode()).isEqualTo(200);
    assertThat(SandboxJson.read(cut.body().getBytes(java.nio.charset.StandardCharsets.UTF_8)))
        .isEmpty();
  }

  @Test
  void a_hanging_key_never_answers() {
    assertThatThrownBy(() -> caller.within(Duration.ofSeconds(1)).chat("sk-or-demo-hang-10"))
        .hasCauseInstanceOf(HttpTimeoutException.class);
  }

  @Test
  void a_slow_key_adds_its_delay() {
    caller.chat("sk-or-demo-slow-20s-09");
    assertThat(waits).contains(Duration.ofSeconds(20));
  }

  @Test
  void an_inflight_key_accepts_one_call_at_a_time() throws Exception {
    var key = "sk-or-demo-inflight-09";
    var first = new AtomicBoolean(true);
    var paused = new CountDownLatch(1);
    var release = new CountDownLatch(1);
    Delayer pause =
        _ -> {
          if (first.getAndSet(false)) {
            paused.countDown();
            release.await();
          }
        };
    var options = SandboxOptions.instant().withPause(pause);
    try (var slow = Sandbox.start(options);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var slowCaller = new Caller(slow);
      var open = threads.submit(() -> slowCaller.chat(key).status());
      paused.await();
      assertThat(slowCaller.chat(key).status()).isEqualTo(402);
      release.countDown();
      assertThat(open.get()).isEqualTo(200);
      assertThat(slowCaller.chat(key).status()).isEqualTo(200);
    }
  }

  @Test
  void a_flaky_key_fails_at_its_rate_and_deterministically() {
    var statuses = new ArrayList<Integer>();
    for (var call = 0; call < 60; call++) {
      statuses.add(caller.chat("sk-or-demo-flaky-30-08").status());
    }
    assertThat(statuses.stream().filter(status -> status == 502)).hasSizeBetween(9, 28);
    sandbox.reset();
    for (var call = 0; call < 60; call++) {
      assertThat(caller.chat("sk-or-demo-flaky-30-08").status()).isEqualTo(statuses.get(call));
    }
  }

  @Test
  void faults_apply_to_images_as_well() {
    for (var behaviour :
        List.of("revoked-1", "exhausted-1", "ratelimited-9s-1", "moderation-1", "html502-1")) {
      var key = SandboxKey.PREFIX + behaviour;
      var body = SandboxJson.object().put("model", Caller.IMAGE_MODEL).put("prompt", "A tree");
      assertThat(caller.post("/images", key, body).status()).as(behaviour).isNotEqualTo(200);
      assertThat(caller.chat(key, Caller.body(Caller.IMAGE_MODEL, "A tree")).status())
          .isNotEqualTo(200);
    }
  }

  @Test
  void a_scenario_overrides_the_key_for_its_attempt_only() {
    sandbox.setScenario("Section 1 Generator", 2, "timeout504");
    var request = "Main keyword: <<<tea>>>\n@@s1-1@@ <<<Leaves>>> about 100 words";
    var statuses = new ArrayList<Integer>();
    for (var attempt = 1; attempt <= 3; attempt++) {
      statuses.add(
          caller.operation("sk-or-demo-valid-01", SandboxOperation.SECTION_1, request).status());
    }
    assertThat(statuses).containsExactly(200, 504, 200);
  }

  @Test
  void a_keys_behaviour_can_be_changed_while_it_is_in_use() {
    assertThat(caller.chat("sk-or-demo-valid-01").status()).isEqualTo(200);
    sandbox.setBehaviour("sk-or-demo-valid-01", "revoked");
    assertThat(caller.chat("sk-or-demo-valid-01").status()).isEqualTo(401);
    assertThat(
            caller
                .control("key", "{\"key\":\"sk-or-demo-valid-01\",\"behaves\":\"valid\"}")
                .status())
        .isEqualTo(200);
    assertThat(caller.chat("sk-or-demo-valid-01").status()).isEqualTo(200);
  }
}
