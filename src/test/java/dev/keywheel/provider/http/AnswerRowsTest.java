package dev.keywheel.provider.http;

import static dev.keywheel.provider.http.Samples.*;
import static org.junit.jupiter.api.Assertions.*;

import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.CallOutcome.Answer;
import dev.keywheel.provider.CallOutcome.KeyLimited;
import dev.keywheel.provider.CallOutcome.ModelError;
import dev.keywheel.provider.CallOutcome.TimedOut;
import dev.keywheel.provider.CallOutcome.Transient;
import dev.keywheel.provider.CallOutcome.Unreachable;
import dev.keywheel.provider.FailureKind.TransientKind;
import dev.keywheel.provider.Usage;
import dev.keywheel.provider.classify.Completion;
import dev.keywheel.provider.http.Observation.End;
import dev.keywheel.provider.http.Observation.Failed;
import dev.keywheel.provider.http.Observation.TransportError;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.ValueSource;

/** The rows for answers that came with success, or did not come: 1, 21 to 33. */
class AnswerRowsTest {
  private static final String STOP =
      "{\"finish_reason\":\"stop\",\"message\":{\"role\":\"assistant\",\"content\":\"Paris.\"}}";

  @Test
  void a_cost_that_no_call_can_have_is_not_known() {
    for (var cost : List.of("10000000000", "1e17", "-1", "1000001")) {
      var usage =
          Completion.usage(
              LenientJson.parse("{\"cost\":" + cost + ",\"prompt_tokens\":2147483647}")
                  .orElseThrow());
      assertFalse(usage.costKnown(), cost);
      assertEquals(BigDecimal.ZERO, usage.cost(), cost);
      assertEquals(100_000_000, usage.promptTokens());
    }
  }

  @Test
  void row_1_a_usable_answer_with_what_it_cost() {
    var seen = json(200, answer(STOP), "x-generation-id", "gen-7");
    var answer = assertInstanceOf(Answer.class, afterChat(seen));
    assertEquals("Paris.", answer.text());
    assertEquals("acme/writer-2", answer.model());
    assertFalse(answer.cut());
    assertEquals(new Usage(25, 10, 4, new BigDecimal("0.00014"), true), answer.usage());
    assertEquals("gen-7", answer.evidence().generationId());
    assertEquals("R1 usable answer", answer.evidence().rule());
    assertEquals("finish stop", answer.evidence().seen());
  }

  @Test
  void row_1_an_answer_at_the_token_limit_is_cut() {
    var choice = "{\"finish_reason\":\"length\",\"message\":{\"content\":\"Par\"}}";
    assertTrue(assertInstanceOf(Answer.class, afterChat(json(200, answer(choice)))).cut());
  }

  @Test
  void row_1_blank_lines_before_the_answer_and_parts_instead_of_text_are_read() {
    var choice =
        "{\"finish_reason\":\"stop\",\"message\":{\"content\":[{\"type\":\"text\",\"text\":\"Pa\"},"
            + "{\"type\":\"text\",\"text\":\"ris\"}]}}";
    var seen = json(200, "\n\n  \r\n\n" + answer(choice));
    assertEquals("Paris", assertInstanceOf(Answer.class, afterChat(seen)).text());
  }

  @Test
  void row_1_json_that_calls_itself_html_is_json() {
    var seen = json(200, answer(STOP), "content-type", "text/html");
    assertInstanceOf(Answer.class, afterChat(seen));
  }

  @Test
  void row_1_a_picture_comes_as_a_data_url_or_on_its_own_route() {
    var png = new byte[] {(byte) 0x89, 'P', 'N', 'G'};
    var base64 = Base64.getEncoder().encodeToString(png);
    var choice =
        """
        {"finish_reason":"stop","message":{"content":"","images":[
          {"type":"image_url","image_url":{"url":"data:image/png;base64,%s"}}]}}"""
            .formatted(base64);
    var byChat = assertInstanceOf(Answer.class, afterImage(json(200, answer(choice))));
    assertArrayEquals(png, byChat.image());
    assertEquals("image/png", byChat.imageType());
    assertTrue(
        new String(byChat.raw(), StandardCharsets.UTF_8).contains(base64),
        "the reply is kept until the picture is in its article");
    var body =
        "{\"data\":[{\"b64_json\":\"%s\",\"media_type\":\"image/webp\"}],\"usage\":{\"cost\":0.04}}";
    var byImages = assertInstanceOf(Answer.class, afterImage(json(200, body.formatted(base64))));
    assertArrayEquals(png, byImages.image());
    assertEquals("image/webp", byImages.imageType());
    assertEquals(new BigDecimal("0.04"), byImages.usage().cost());
  }

  @Test
  void row_1_a_picture_elsewhere_is_not_fetched() {
    var choice =
        "{\"finish_reason\":\"stop\",\"message\":{\"images\":[{\"image_url\":{\"url\":"
            + "\"https://elsewhere.example/x.png\"}}]}}";
    assertModel("empty", "R24", afterImage(json(200, answer(choice))));
  }

  @ParameterizedTest
  @EnumSource(
      value = TransportError.class,
      mode = Mode.EXCLUDE,
      names = {"RESET", "TIMEOUT", "INTERRUPTED"})
  void row_21_a_host_that_is_not_reached_says_nothing_of_the_key(TransportError transportError) {
    var outcome = afterChat(new Failed(transportError));
    assertEquals(transportError.name(), assertInstanceOf(Unreachable.class, outcome).kind().name());
    assertEquals("R21 unreachable", outcome.evidence().rule());
    assertNull(outcome.evidence().httpStatus());
  }

  @Test
  void row_21_a_reset_passes() {
    var outcome = assertInstanceOf(Transient.class, afterChat(new Failed(TransportError.RESET)));
    assertEquals(TransientKind.RESET, outcome.kind());
  }

  @Test
  void row_22_our_own_deadline_may_have_cost_money() {
    assertInstanceOf(TimedOut.class, afterChat(new Failed(TransportError.TIMEOUT)));
    var half = afterChat(ended(End.LATE, "{\"id\":\"gen-1\",\"choices\":[{"));
    assertInstanceOf(TimedOut.class, half);
    assertEquals("R22 own time-out", half.evidence().rule());
  }

  @ParameterizedTest
  @ValueSource(strings = {"429", "\"429\""})
  void row_23_an_error_inside_a_success_counts_as_what_it_is(String code) {
    var body =
        """
        {"error":{"code":%s,"message":"Rate limit exceeded: free-models-per-day",
         "metadata":{"provider_name":"Google AI Studio",
                     "headers":{"X-RateLimit-Reset":"1795564800000"}}},"user_id":"user_2"}"""
            .formatted(code);
    var limited = assertInstanceOf(KeyLimited.class, afterChat(FREE_MODEL, json(200, body)));
    assertEquals(MIDNIGHT, limited.limit().until());
    assertEquals("user_2", limited.account());
    assertEquals("R23 error inside 200 > R15 free daily", limited.evidence().rule());
  }

  @Test
  void row_23_a_word_for_a_code_and_an_error_without_one_are_read() {
    var word = "{\"error\":{\"code\":\"server_error\",\"message\":\"x\"}}";
    assertInstanceOf(Transient.class, afterChat(json(200, word)));
    assertModel("choice_error", "R23", afterChat(json(200, "{\"error\":\"something\"}")));
    var inner = "{\"error\":{\"code\":502,\"message\":\"Provider returned error\"}}";
    assertInstanceOf(Transient.class, afterChat(json(200, inner)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{\"finish_reason\":\"stop\",\"message\":{\"content\":\"\"}}",
        "{\"finish_reason\":null,\"message\":{\"content\":null}}",
        "{\"finish_reason\":\"stop\",\"message\":{\"content\":\"  \\n\"}}",
        "{\"finish_reason\":\"tool_calls\",\"message\":{\"content\":\"\"}}"
      })
  void row_24_an_empty_answer_is_the_model_s(String choice) {
    assertModel("empty", "R24", afterChat(json(200, answer(choice))));
  }

  @Test
  void row_25_reasoning_may_use_up_all_tokens() {
    var choice =
        "{\"finish_reason\":\"length\",\"message\":{\"content\":\"\",\"reasoning\":\"hm\"}}";
    var outcome = afterChat(json(200, answer(choice)));
    assertModel("reasoning_only", "R25", outcome);
    assertEquals(10, outcome.usage().completionTokens());
  }

  @Test
  void row_26_filters_and_refusals_are_the_model_s() {
    var filtered = "{\"finish_reason\":\"content_filter\",\"message\":{\"content\":\"Par\"}}";
    assertModel("content_filter", "R26", afterChat(json(200, answer(filtered))));
    var refused =
        "{\"finish_reason\":\"stop\",\"message\":{\"content\":null,\"refusal\":\"I cannot.\"}}";
    assertModel("refused", "R26", afterChat(json(200, answer(refused))));
  }

  @Test
  void row_27_a_failed_choice_throws_its_partial_text_away() {
    var withCode =
        """
        {"finish_reason":"error","message":{"content":"partial"},
         "error":{"code":502,"message":"x","metadata":{"error_type":"provider_unavailable"}}}""";
    var outcome = afterChat(json(200, answer(withCode)));
    assertInstanceOf(Transient.class, outcome);
    assertEquals("R27 choice error > R20 server", outcome.evidence().rule());
    var without = "{\"finish_reason\":\"error\",\"message\":{\"content\":\"partial\"}}";
    assertModel("choice_error", "R27", afterChat(json(200, answer(without))));
  }

  @Test
  void row_28_an_error_in_a_stream_counts_as_what_it_is() {
    var limit =
        """
        : OPENROUTER PROCESSING

        data: {"id":"gen-1","model":"x","choices":[],"error":{"code":429,"message":"…","metadata":{"limit_source":"openrouter_free_tier_daily"}}}

        """;
    var limited = assertInstanceOf(KeyLimited.class, afterChat(events(End.WHOLE, limit)));
    assertEquals("R28 error in the stream > R15 free daily", limited.evidence().rule());
    var middle =
        """
        data: {"id":"gen-1","choices":[{"delta":{"content":"Hel"},"finish_reason":null}]}

        data: {"choices":[{"delta":{"content":""},"finish_reason":"error"}],"error":{"code":502,"message":"x","metadata":{"error_type":"provider_unavailable"}}}
        """;
    assertInstanceOf(Transient.class, afterChat(events(End.WHOLE, middle)));
  }

  @Test
  void row_28_a_stream_that_ends_well_is_an_answer() {
    var stream =
        """
        : OPENROUTER PROCESSING

        data: {"id":"gen-1","model":"acme/w","choices":[{"delta":{"role":"assistant","content":"Hel"},"finish_reason":null}]}

        data: {"choices":[{"delta":{"content":"lo"},"finish_reason":"stop"}],"usage":{"prompt_tokens":2,"completion_tokens":1}}

        data: [DONE]
        """;
    var answer = assertInstanceOf(Answer.class, afterChat(events(End.WHOLE, stream)));
    assertEquals("Hello", answer.text());
    assertEquals(2, answer.usage().promptTokens());
  }

  @Test
  void row_29_a_stream_without_an_end_is_cut() {
    var stream =
        "data: {\"choices\":[{\"delta\":{\"content\":\"Hel\"},\"finish_reason\":null}]}\n\n";
    var outcome = afterChat(events(End.WHOLE, stream));
    assertEquals(TransientKind.CUT, assertInstanceOf(Transient.class, outcome).kind());
    assertEquals("R29 stream without an end", outcome.evidence().rule());
  }

  @Test
  void row_30_only_signs_of_life_until_the_deadline() {
    var comments =
        afterChat(events(End.LATE, ": OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\n"));
    assertInstanceOf(TimedOut.class, comments);
    assertEquals("R30 only keep-alive", comments.evidence().rule());
    assertEquals("R30 only keep-alive", afterChat(ended(End.LATE, "\n\n \n")).evidence().rule());
  }

  @Test
  void row_31_a_page_a_redirect_or_plain_text_is_a_wrong_address() {
    assertUnreachable("html_answer", page(200, "<html>hello</html>"));
    assertUnreachable("html_answer", page(404, "<!DOCTYPE html><title>Not found</title>"));
    assertUnreachable("html_answer", page(401, "<html>proxy sign-in</html>"));
    assertUnreachable("redirect", json(301, "", "location", "https://elsewhere.example/"));
    assertUnreachable("not_json", json(200, "OK"));
    assertUnreachable("not_json", json(200, ""));
    assertUnreachable("not_json", json(404, "404 page not found"));
  }

  @Test
  void row_32_half_an_answer_passes() {
    for (Observation seen :
        new Observation[] {
          ended(End.CUT, "{\"id\":\"gen-1\",\"choi"),
          ended(End.WHOLE, "{\"id\":\"gen-1\",\"choi"),
          ended(End.CUT, "")
        }) {
      var outcome = afterChat(seen);
      assertEquals(TransientKind.CUT, assertInstanceOf(Transient.class, outcome).kind());
      assertEquals("R32 cut answer", outcome.evidence().rule());
    }
  }

  @Test
  void row_33_a_key_that_cannot_be_sent_is_malformed() {
    var outcome = afterChat(new Observation.Unsendable());
    assertInstanceOf(CallOutcome.KeyMalformed.class, outcome);
    assertEquals("R33 malformed key", outcome.evidence().rule());
  }

  @Test
  void row_34_an_answer_beyond_all_measure_is_the_model_s() {
    assertModel("too_big", "R34", afterChat(ended(End.TOO_BIG, "{\"choices\":[{")));
  }

  private static void assertModel(String kind, String rule, CallOutcome outcome) {
    assertEquals(
        "model:" + kind,
        assertInstanceOf(ModelError.class, outcome, outcome::toString).kind().code());
    assertEquals(rule, outcome.evidence().rule().substring(0, rule.length()));
  }

  private static void assertUnreachable(String kind, Observation seen) {
    var outcome = afterChat(seen);
    assertEquals(
        "unreachable:" + kind,
        assertInstanceOf(Unreachable.class, outcome, outcome::toString).kind().code());
    assertTrue(outcome.evidence().rule().startsWith("R31"), outcome.evidence().rule());
  }
}
