package dev.keywheel.provider.http;

import static dev.keywheel.provider.http.Samples.*;
import static org.assertj.core.api.Assertions.assertThat;

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

/**
 * Rows 1 and 21 to 34 of the decision table: answers with a success status, and missing answers.
 */
class AnswerRowsTest {
  private static final String STOP =
      "{\"finish_reason\":\"stop\",\"message\":{\"role\":\"assistant\",\"content\":\"Paris.\"}}";

  @Test
  void an_impossible_cost_counts_as_unknown() {
    for (var cost : List.of("10000000000", "1e17", "-1", "1000001")) {
      var usage =
          Completion.usage(
              LenientJson.parse("{\"cost\":" + cost + ",\"prompt_tokens\":2147483647}")
                  .orElseThrow());
      assertThat(usage.costKnown()).as(cost).isFalse();
      assertThat(usage.cost()).as(cost).isEqualTo(BigDecimal.ZERO);
      assertThat(usage.promptTokens()).isEqualTo(100_000_000);
    }
  }

  @Test
  void row_1_a_usable_answer_has_its_cost() {
    var seen = json(200, answer(STOP), "x-generation-id", "gen-7");
    var answer = (Answer) afterChat(seen);
    assertThat(answer.text()).isEqualTo("Paris.");
    assertThat(answer.model()).isEqualTo("acme/writer-2");
    assertThat(answer.cut()).isFalse();
    assertThat(answer.usage()).isEqualTo(new Usage(25, 10, 4, new BigDecimal("0.00014"), true));
    assertThat(answer.evidence().generationId()).isEqualTo("gen-7");
    assertThat(answer.evidence().rule()).isEqualTo("R1 usable answer");
    assertThat(answer.evidence().seen()).isEqualTo("finish stop");
  }

  @Test
  void row_1_an_answer_at_the_token_limit_is_cut() {
    var choice = "{\"finish_reason\":\"length\",\"message\":{\"content\":\"Par\"}}";
    assertThat(((Answer) afterChat(json(200, answer(choice)))).cut()).isTrue();
  }

  @Test
  void row_1_blank_lines_before_the_answer_and_parts_instead_of_text_are_read() {
    var choice =
        "{\"finish_reason\":\"stop\",\"message\":{\"content\":[{\"type\":\"text\",\"text\":\"Pa\"},"
            + "{\"type\":\"text\",\"text\":\"ris\"}]}}";
    var seen = json(200, "\n\n  \r\n\n" + answer(choice));
    assertThat(((Answer) afterChat(seen)).text()).isEqualTo("Paris");
  }

  @Test
  void row_1_json_labelled_as_html_is_json() {
    var seen = json(200, answer(STOP), "content-type", "text/html");
    assertThat(afterChat(seen)).isInstanceOf(Answer.class);
  }

  @Test
  void row_1_a_picture_is_read_from_a_data_url_or_from_the_images_route() {
    var png = new byte[] {(byte) 0x89, 'P', 'N', 'G'};
    var base64 = Base64.getEncoder().encodeToString(png);
    var choice =
        """
        {"finish_reason":"stop","message":{"content":"","images":[
          {"type":"image_url","image_url":{"url":"data:image/png;base64,%s"}}]}}"""
            .formatted(base64);
    var byChat = (Answer) afterImage(json(200, answer(choice)));
    assertThat(byChat.image()).isEqualTo(png);
    assertThat(new String(byChat.raw(), StandardCharsets.UTF_8).contains(base64))
        .as("the reply is kept until the picture is in its article")
        .isTrue();
    var body =
        "{\"data\":[{\"b64_json\":\"%s\",\"media_type\":\"image/webp\"}],\"usage\":{\"cost\":0.04}}";
    var byImages = (Answer) afterImage(json(200, body.formatted(base64)));
    assertThat(byImages.image()).isEqualTo(png);
    assertThat(byImages.usage().cost()).isEqualTo(new BigDecimal("0.04"));
  }

  @Test
  void row_1_a_picture_elsewhere_is_not_fetched() {
    var choice =
        "{\"finish_reason\":\"stop\",\"message\":{\"images\":[{\"image_url\":{\"url\":"
            + "\"https://elsewhere.example/x.png\"}}]}}";
    assertModel("only_image_link", "R24", afterImage(json(200, answer(choice))));
  }

  @ParameterizedTest
  @EnumSource(
      value = TransportError.class,
      mode = Mode.EXCLUDE,
      names = {"RESET", "TIMEOUT", "INTERRUPTED"})
  void row_21_an_unreachable_host_does_not_affect_the_key(TransportError transportError) {
    var outcome = afterChat(new Failed(transportError));
    assertThat(((Unreachable) outcome).kind().name()).isEqualTo(transportError.name());
    assertThat(outcome.evidence().rule()).isEqualTo("R21 unreachable");
    assertThat(outcome.evidence().httpStatus()).isNull();
  }

  @Test
  void row_21_a_reset_is_transient() {
    var outcome = (Transient) afterChat(new Failed(TransportError.RESET));
    assertThat(outcome.kind()).isEqualTo(TransientKind.RESET);
  }

  @Test
  void row_22_a_call_that_reaches_our_own_deadline_is_a_timeout() {
    assertThat(afterChat(new Failed(TransportError.TIMEOUT))).isInstanceOf(TimedOut.class);
    var half = afterChat(ended(End.LATE, "{\"id\":\"gen-1\",\"choices\":[{"));
    assertThat(half).isInstanceOf(TimedOut.class);
    assertThat(half.evidence().rule()).isEqualTo("R22 own time-out");
  }

  @ParameterizedTest
  @ValueSource(strings = {"429", "\"429\""})
  void row_23_an_error_inside_a_success_counts_as_that_error(String code) {
    var body =
        """
        {"error":{"code":%s,"message":"Rate limit exceeded: free-models-per-day",
         "metadata":{"provider_name":"Google AI Studio",
                     "headers":{"X-RateLimit-Reset":"1795564800000"}}},"user_id":"user_2"}"""
            .formatted(code);
    var limited = (KeyLimited) afterChat(FREE_MODEL, json(200, body));
    assertThat(limited.limit().until()).isEqualTo(MIDNIGHT);
    assertThat(limited.account()).isEqualTo("user_2");
    assertThat(limited.evidence().rule()).isEqualTo("R23 error inside 200 > R15 free daily");
  }

  @Test
  void row_23_a_code_in_words_and_an_error_without_a_code_are_classified() {
    var word = "{\"error\":{\"code\":\"server_error\",\"message\":\"x\"}}";
    assertThat(afterChat(json(200, word))).isInstanceOf(Transient.class);
    assertModel("choice_error", "R23", afterChat(json(200, "{\"error\":\"something\"}")));
    var inner = "{\"error\":{\"code\":502,\"message\":\"Provider returned error\"}}";
    assertThat(afterChat(json(200, inner))).isInstanceOf(Transient.class);
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
  void row_24_an_empty_answer_is_a_fault_of_the_model(String choice) {
    assertModel("empty", "R24", afterChat(json(200, answer(choice))));
  }

  @Test
  void row_24_an_answer_with_only_reasoning_or_tool_calls_is_reported_as_such() {
    var reasoning = "{\"finish_reason\":\"stop\",\"message\":{\"reasoning\":\"hm\"}}";
    assertModel("only_reasoning", "R24", afterChat(json(200, answer(reasoning))));
    var calls =
        "{\"message\":{\"content\":null,\"reasoning\":\"hm\",\"tool_calls\":[{\"id\":\"a\"}]}}";
    assertModel("only_tool_calls", "R24", afterChat(json(200, answer(calls))));
    var text = "{\"message\":{\"content\":\"No picture.\",\"reasoning\":\"hm\"}}";
    assertModel("empty", "R24", afterImage(json(200, answer(text))));
  }

  @Test
  void row_25_an_answer_whose_reasoning_used_up_all_tokens_is_a_fault_of_the_model() {
    var choice =
        "{\"finish_reason\":\"length\",\"message\":{\"content\":\"\",\"reasoning\":\"hm\"}}";
    var outcome = afterChat(json(200, answer(choice)));
    assertModel("reasoning_only", "R25", outcome);
    assertThat(outcome.usage().completionTokens()).isEqualTo(10);
  }

  @Test
  void row_26_filters_and_refusals_are_faults_of_the_model() {
    var filtered = "{\"finish_reason\":\"content_filter\",\"message\":{\"content\":\"Par\"}}";
    assertModel("content_filter", "R26", afterChat(json(200, answer(filtered))));
    var refused =
        "{\"finish_reason\":\"stop\",\"message\":{\"content\":null,\"refusal\":\"I cannot.\"}}";
    assertModel("refused", "R26", afterChat(json(200, answer(refused))));
  }

  @Test
  void row_27_the_partial_text_of_a_failed_choice_is_discarded() {
    var withCode =
        """
        {"finish_reason":"error","message":{"content":"partial"},
         "error":{"code":502,"message":"x","metadata":{"error_type":"provider_unavailable"}}}""";
    var outcome = afterChat(json(200, answer(withCode)));
    assertThat(outcome).isInstanceOf(Transient.class);
    assertThat(outcome.evidence().rule()).isEqualTo("R27 choice error > R20 server");
    var without = "{\"finish_reason\":\"error\",\"message\":{\"content\":\"partial\"}}";
    assertModel("choice_error", "R27", afterChat(json(200, answer(without))));
  }

  @Test
  void row_28_an_error_in_a_stream_is_classified_like_any_other() {
    var limit =
        """
        : OPENROUTER PROCESSING

        data: {"id":"gen-1","model":"x","choices":[],"error":{"code":429,"message":"…","metadata":{"limit_source":"openrouter_free_tier_daily"}}}

        """;
    var limited = (KeyLimited) afterChat(events(End.WHOLE, limit));
    assertThat(limited.evidence().rule()).isEqualTo("R28 error in the stream > R15 free daily");
    var middle =
        """
        data: {"id":"gen-1","choices":[{"delta":{"content":"Hel"},"finish_reason":null}]}

        data: {"choices":[{"delta":{"content":""},"finish_reason":"error"}],"error":{"code":502,"message":"x","metadata":{"error_type":"provider_unavailable"}}}
        """;
    assertThat(afterChat(events(End.WHOLE, middle))).isInstanceOf(Transient.class);
  }

  @Test
  void row_28_a_complete_stream_is_an_answer() {
    var stream =
        """
        : OPENROUTER PROCESSING

        data: {"id":"gen-1","model":"acme/w","choices":[{"delta":{"role":"assistant","content":"Hel"},"finish_reason":null}]}

        data: {"choices":[{"delta":{"content":"lo"},"finish_reason":"stop"}],"usage":{"prompt_tokens":2,"completion_tokens":1}}

        data: [DONE]
        """;
    var answer = (Answer) afterChat(events(End.WHOLE, stream));
    assertThat(answer.text()).isEqualTo("Hello");
    assertThat(answer.usage().promptTokens()).isEqualTo(2);
  }

  @Test
  void row_28_a_stored_stream_whose_events_have_names_is_an_answer() {
    var stream =
        """
        event: message
        data: {"choices":[{"delta":{"content":"Hello"},"finish_reason":"stop"}]}
        """;
    assertThat(((Answer) afterChat(ended(End.WHOLE, stream))).text()).isEqualTo("Hello");
  }

  @Test
  void row_29_a_stream_without_an_end_is_cut() {
    var stream =
        "data: {\"choices\":[{\"delta\":{\"content\":\"Hel\"},\"finish_reason\":null}]}\n\n";
    var outcome = afterChat(events(End.WHOLE, stream));
    assertThat(((Transient) outcome).kind()).isEqualTo(TransientKind.CUT);
    assertThat(outcome.evidence().rule()).isEqualTo("R29 stream without an end");
  }

  @Test
  void row_30_keep_alive_bytes_until_the_deadline_are_a_timeout() {
    var comments =
        afterChat(events(End.LATE, ": OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\n"));
    assertThat(comments).isInstanceOf(TimedOut.class);
    assertThat(comments.evidence().rule()).isEqualTo("R30 only keep-alive");
    assertThat(afterChat(ended(End.LATE, "\n\n \n")).evidence().rule())
        .isEqualTo("R30 only keep-alive");
  }

  @Test
  void row_31_a_page_a_redirect_or_plain_text_is_a_wrong_address() {
    assertUnreachable("html_answer", page(200, "<html>hello</html>"));
    assertUnreachable("html_answer", page(404, "<!DOCTYPE html><title>Not found</title>"));
    assertUnreachable("redirect", json(301, "", "location", "https://elsewhere.example/"));
    assertUnreachable("not_json", json(200, "OK"));
    assertUnreachable("no_body", json(200, ""));
    assertUnreachable("no_body", json(200, "\n \n"));
    assertUnreachable("not_json", json(404, "404 page not found"));
  }

  @Test
  void row_32_half_an_answer_is_transient() {
    for (Observation seen :
        new Observation[] {
          ended(End.CUT, "{\"id\":\"gen-1\",\"choi"),
          ended(End.WHOLE, "{\"id\":\"gen-1\",\"choi"),
          ended(End.CUT, "")
        }) {
      var outcome = afterChat(seen);
      assertThat(((Transient) outcome).kind()).isEqualTo(TransientKind.CUT);
      assertThat(outcome.evidence().rule()).isEqualTo("R32 cut answer");
    }
  }

  @Test
  void row_33_a_key_that_cannot_be_sent_is_malformed() {
    var outcome = afterChat(new Observation.Unsendable());
    assertThat(outcome).isInstanceOf(CallOutcome.KeyMalformed.class);
    assertThat(outcome.evidence().rule()).isEqualTo("R33 malformed key");
  }

  @Test
  void row_34_an_oversized_answer_is_a_fault_of_the_model() {
    assertModel("too_big", "R34", afterChat(ended(End.TOO_BIG, "{\"choices\":[{")));
  }

  private static void assertModel(String kind, String rule, CallOutcome outcome) {
    assertThat(((ModelError) outcome).kind().code()).isEqualTo("model:" + kind);
    assertThat(outcome.evidence().rule().substring(0, rule.length())).isEqualTo(rule);
  }

  private static void assertUnreachable(String kind, Observation seen) {
    var outcome = afterChat(seen);
    assertThat(((Unreachable) outcome).kind().code()).isEqualTo("unreachable:" + kind);
    assertThat(outcome.evidence().rule().startsWith("R31")).as(outcome.evidence().rule()).isTrue();
  }
}
