package dev.keywheel.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.sandbox.base.Hash;
import dev.keywheel.sandbox.base.SandboxJson;
import dev.keywheel.sandbox.base.SandboxOperation;
import dev.keywheel.sandbox.faults.SampleKey;
import dev.keywheel.support.Await;
import dev.keywheel.support.TestClock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/**
 * The sandbox's side of the protocol: response formats, streams, token limits, account routes, and
 * the request log.
 */
class SandboxProtocolTest {
  private static final String KEY = "sk-or-demo-valid-01";

  private final TestClock clock = new TestClock();

  @AutoClose
  private final Sandbox sandbox = Sandbox.start(SandboxOptions.instant().withClock(clock));

  private final Caller caller = new Caller(sandbox);

  @Test
  void a_completion_has_the_envelope_and_its_cost() {
    var answer = caller.chat(KEY, Caller.body(Caller.PAID_MODEL, "Say hello."));
    assertThat(answer.at("/id").asText())
        .startsWith("gen-")
        .isEqualTo(answer.header("X-Generation-Id"));
    assertThat(answer.at("/provider").asText()).isEqualTo("OpenAI");
    assertThat(answer.finish()).isEqualTo("stop");
    assertThat(answer.at("/usage/cost").decimalValue()).isPositive();
    assertThat(answer.at("/usage/total_tokens").asInt())
        .isEqualTo(
            answer.at("/usage/prompt_tokens").asInt()
                + answer.at("/usage/completion_tokens").asInt());
    assertThat(caller.chat(KEY).at("/usage/cost").decimalValue()).isZero();
  }

  @Test
  void the_same_request_gets_the_same_bytes_and_another_seed_another_cover() {
    var prompt =
        SandboxJson.object().put("model", Caller.IMAGE_MODEL).put("prompt", "About green tea.");
    var bodies = new ArrayList<String>();
    for (var round = 0; round < 2; round++) {
      bodies.add(caller.post("/images", KEY, prompt).response().body());
      sandbox.reset();
    }
    assertThat(bodies.get(0)).isEqualTo(bodies.get(1));
    try (var other = Sandbox.start(SandboxOptions.instant().withClock(clock).withSeed(99))) {
      var body = new Caller(other).post("/images", KEY, prompt);
      assertThat(body.response().body()).isNotEqualTo(bodies.get(0));
    }
  }

  @Test
  void an_answer_is_cut_at_max_tokens_and_can_be_continued() {
    var body =
        Caller.operationBody(SandboxOperation.PLAN, Caller.planRequest("mortgage repayment"));
    var whole = caller.chat(KEY, body).content();
    var cut = caller.chat(KEY, body.deepCopy().put("max_tokens", 300));
    assertThat(cut.finish()).isEqualTo("length");
    assertThat(whole).startsWith(cut.content());
    assertThat(cut.at("/usage/completion_tokens").asInt()).isEqualTo(300);
    Caller.addMessage(body, "assistant", cut.content());
    Caller.addMessage(body, "user", "Your reply was cut. Go on from the exact next character.");
    assertThat(cut.content() + caller.chat(KEY, body).content()).isEqualTo(whole);
  }

  @Test
  void a_truncating_key_continues_from_the_last_characters() {
    var key = "sk-or-demo-truncate-40-12";
    var plan = caller.operation(KEY, SandboxOperation.PLAN, Caller.planRequest("mortgage"));
    var brief = SandboxJson.read(plan.content()).path("tool");
    var body =
        Caller.operationBody(
            SandboxOperation.TOOL, "The tool to build: <<<" + SandboxJson.text(brief) + ">>>");
    var whole = caller.chat(KEY, body).content();
    var cut = caller.chat(key, body);
    assertThat(cut.finish()).isEqualTo("length");
    assertThat(cut.content().length()).isEqualTo(whole.length() * 40 / 100);
    var tail = cut.content().substring(cut.content().length() - 600);
    Caller.addMessage(body, "assistant", tail);
    Caller.addMessage(
        body, "user", "Your reply was cut. Go on from the exact next character up to </html>.");
    assertThat(cut.content() + caller.chat(key, body).content()).isEqualTo(whole);
  }

  @Test
  void a_stream_has_comments_deltas_usage_and_done() {
    var body = Caller.operationBody(SandboxOperation.PLAN, Caller.planRequest("green tea"));
    var whole = caller.chat(KEY, body).content();
    var events = caller.chat(KEY, body.deepCopy().put("stream", true));
    assertThat(events.header("Content-Type")).isEqualTo("text/event-stream");
    var lines = events.response().body().split("\n\n");
    assertThat(lines[0]).isEqualTo(": OPENROUTER PROCESSING");
    assertThat(lines[lines.length - 1]).isEqualTo("data: [DONE]");
    var text = new StringBuilder();
    for (var line : List.of(lines).subList(1, lines.length - 1)) {
      var event =
          SandboxJson.read(
                  line.substring("data: ".length())
                      .getBytes(java.nio.charset.StandardCharsets.UTF_8))
              .orElseThrow();
      text.append(event.at("/choices/0/delta/content").asText());
    }
    assertThat(text.toString()).isEqualTo(whole);
    assertThat(lines[lines.length - 2])
        .contains("\"usage\"")
        .contains("\"finish_reason\":\"stop\"");
  }

  @Test
  void an_error_in_a_stream_is_its_last_event() {
    var body = Caller.operationBody(SandboxOperation.PLAN, Caller.planRequest("green tea"));
    body.put("stream", true);
    for (var key : List.of("sk-or-demo-choiceerror-01", "sk-or-demo-error200-01")) {
      var answer = caller.chat(key, body);
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.header("Content-Type")).isEqualTo("text/event-stream");
      var events = answer.response().body().split("\n\n");
      assertThat(events[0]).isEqualTo(": OPENROUTER PROCESSING");
      assertThat(events[events.length - 1])
          .startsWith("data: {")
          .contains("\"error\":{\"code\":502");
      assertThat(answer.response().body()).doesNotContain("[DONE]");
    }
  }

  @Test
  void invalid_requests_get_specific_errors() {
    assertThat(caller.chat(KEY, SandboxJson.object().put("model", Caller.FREE_MODEL)).status())
        .isEqualTo(400);
    assertThat(caller.chat(KEY, Caller.body("nobody/nothing", "hi")).status()).isEqualTo(404);
    assertThat(caller.chat(KEY, Caller.body(Caller.FREE_MODEL, "hi").put("max_tokens", 0)).status())
        .isEqualTo(400);
    var schema = Caller.body("google/gemma-3-27b-it:free", "hi");
    schema.putObject("response_format").put("type", "json_schema");
    assertThat(caller.chat(KEY, schema).status()).isEqualTo(400);
    schema.putObject("provider").put("require_parameters", true);
    assertThat(caller.chat(KEY, schema).status()).isEqualTo(404);
    var modalities = Caller.body("black-forest-labs/flux.2-pro", "hi");
    modalities.putArray("modalities").add("image").add("text");
    assertThat(caller.chat(KEY, modalities).error()).contains("output modalities: image, text");
  }

  @Test
  void both_image_routes_return_valid_images() throws Exception {
    var chat = Caller.body(Caller.IMAGE_MODEL, "A cover for an article about green tea.");
    chat.putArray("modalities").add("image").add("text");
    var url = caller.chat(KEY, chat).at("/choices/0/message/images/0/image_url/url").asText();
    assertThat(url).startsWith("data:image/png;base64,");
    assertPicture(url.substring(url.indexOf(',') + 1));
    var images =
        SandboxJson.object()
            .put("model", Caller.IMAGE_MODEL)
            .put("prompt", "A cover about green tea.");
    assertPicture(caller.post("/images", KEY, images).at("/data/0/b64_json").asText());
  }

  private static void assertPicture(String base64) throws Exception {
    var bytes = java.util.Base64.getDecoder().decode(base64);
    var image = javax.imageio.ImageIO.read(new java.io.ByteArrayInputStream(bytes));
    assertThat(image.getWidth()).isEqualTo(1216);
    assertThat(image.getHeight()).isEqualTo(640);
    var colours = new java.util.HashSet<Integer>();
    for (var x = 0; x < image.getWidth(); x += 40) {
      for (var y = 0; y < image.getHeight(); y += 40) {
        colours.add(image.getRGB(x, y));
      }
    }
    assertThat(colours).hasSizeGreaterThan(50);
  }

  @Test
  void a_key_check_returns_the_key_info_and_uses_no_quota() {
    var before = caller.get("/key", KEY).at("/data/free_model_daily_requests/used").asInt();
    caller.chat(KEY);
    var after = caller.get("/key", KEY);
    assertThat(after.at("/data/free_model_daily_requests/used").asInt()).isEqualTo(before + 1);
    assertThat(after.at("/data/label").asText()).doesNotContain(KEY);
    assertThat(after.at("/data/is_free_tier").asBoolean()).isFalse();
    assertThat(caller.get("/key", "sk-or-demo-exhausted-1").at("/data/limit_remaining").asInt())
        .isZero();
    assertThat(
            caller.get("/key", "sk-or-demo-management-1").at("/data/is_management_key").asBoolean())
        .isTrue();
    assertThat(
            caller
                .get("/key", "sk-or-demo-freetier-1")
                .at("/data/free_model_daily_requests/limit")
                .asInt())
        .isEqualTo(50);
  }

  @Test
  void a_generation_can_be_looked_up_afterwards() {
    var id = caller.chat(KEY).at("/id").asText();
    assertThat(caller.get("/generation?id=" + id, KEY).at("/data/id").asText()).isEqualTo(id);
    assertThat(caller.get("/generation?x=1&id=" + id + "&y", KEY).at("/data/id").asText())
        .isEqualTo(id);
    assertThat(caller.get("/generation?id=gen-none", KEY).status()).isEqualTo(404);
    assertThat(caller.get("/credits", KEY).at("/data/total_credits").asDouble()).isPositive();
  }

  @Test
  void the_request_log_names_the_operation_and_a_masked_key() {
    caller.operation(KEY, SandboxOperation.PLAN, Caller.planRequest("green tea"));
    caller.get("/key", "sk-or-demo-revoked-02");
    var calls = sandbox.requests().calls();
    assertThat(calls)
        .extracting(RequestLog.Call::operation)
        .containsExactly("Meta & Toc Generator", "Key check");
    assertThat(calls).extracting(RequestLog.Call::status).containsExactly(200, 401);
    assertThat(calls.get(0).key()).isEqualTo(RequestLog.mask(KEY)).doesNotContain("demo-valid");
    assertThat(calls.get(0).key()).isNotEqualTo(RequestLog.mask("sk-or-demo-valid-02"));
    var status = new Caller(sandbox).control("requests", "").status();
    assertThat(status).isEqualTo(400);
    assertThat(sandbox.requests().calls("/key")).hasSize(1);
  }

  @Test
  void concurrent_calls_are_counted() throws Exception {
    var inside = new CountDownLatch(5);
    var go = new CountDownLatch(1);
    try (var slow =
        Sandbox.start(
            SandboxOptions.instant()
                .withLatency(Latency.DEMO)
                .withPause(
                    duration -> {
                      inside.countDown();
                      go.await();
                    }))) {
      var slowly = new Caller(slow);
      var threads = new ArrayList<Thread>();
      for (var i = 0; i < 5; i++) {
        threads.add(Thread.startVirtualThread(() -> slowly.get("/key", KEY)));
      }
      inside.await();
      go.countDown();
      for (var thread : threads) {
        thread.join();
      }
      assertThat(slow.requests().mostOpen("/key")).isEqualTo(5);
      Await.until(
          "all calls are answered",
          () -> slow.requests().calls("/key").stream().allMatch(c -> c.status() == 200));
    }
  }

  @Test
  void control_routes_describe_their_parameters() {
    assertThat(caller.control("clock", "{\"advance_seconds\":90}").status()).isEqualTo(200);
    assertThat(caller.control("clock", "{\"at\":\"tomorrow\"}").status()).isEqualTo(400);
    assertThat(
            caller.control("scenario", "{\"operation\":\"Cooking\",\"fault\":\"daily\"}").status())
        .isEqualTo(400);
    assertThat(
            caller
                .control("scenario", "{\"operation\":\"FAQ Generator\",\"fault\":\"badjson-hard\"}")
                .status())
        .isEqualTo(200);
    assertThat(caller.control("reset", "").status()).isEqualTo(200);
  }

  @Test
  void sample_keys_have_names_and_cover_every_status() {
    var keys = Sandbox.sampleKeys();
    assertThat(keys)
        .extracting(SampleKey::name)
        .doesNotHaveDuplicates()
        .allMatch(name -> name.matches("[a-z]+@example\\.com"));
    assertThat(keys)
        .extracting(key -> caller.chat(key.key()).status())
        .containsExactly(200, 200, 200, 429, 200, 200, 200, 429, 200, 401, 200, 402, 401, 200);
  }

  @Test
  void an_operation_takes_an_eighth_of_a_hosted_models_time_in_the_demo() {
    var operation = SandboxOperation.named("Section 1 Generator");
    assertThat(Latency.DEMO.of(operation, Hash.of(1).random())).hasMillis(3750);
    assertThat(Latency.INSTANT.of(SandboxOperation.TOOL, Hash.of(1).random())).isZero();
    var real = Latency.REAL.of(SandboxOperation.TOOL, Hash.of(1).random());
    assertThat(real).isBetween(java.time.Duration.ofSeconds(8), java.time.Duration.ofSeconds(75));
  }
}
