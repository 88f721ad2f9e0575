package dev.keywheel.gateway.call;

import static dev.keywheel.gateway.call.GatewayRelayTest.LAST;
import static dev.keywheel.gateway.call.GatewayRelayTest.ONE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.NotFoundException;
import com.openai.errors.RateLimitException;
import com.openai.errors.SseException;
import com.openai.errors.UnauthorizedException;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import dev.keywheel.support.ScriptedUpstream;
import dev.keywheel.support.StreamUpstream;
import dev.keywheel.support.TestPool;
import java.time.Duration;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** OpenAI's official library for Java as the client. */
@Tag("full")
class OpenAiJavaTest {
  static final String TWO_CHOICES =
      """
      {"id":"gen-1","object":"chat.completion","created":1,"model":"maker/model","choices":[
       {"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"Yes"},"logprobs":
        {"content":[{"token":"Yes","logprob":-0.25,"bytes":null,"top_logprobs":[]}],"refusal":null}},
       {"index":1,"finish_reason":"stop","message":{"role":"assistant","content":"No"},"logprobs":
        {"content":[{"token":"No","logprob":-0.5,"bytes":null,"top_logprobs":[]}],"refusal":null}}]}""";

  @AutoClose private static final TestPool pool = new TestPool();

  @AutoClose private final TestNode node = new TestNode(pool);

  private OpenAIClient client(String token) {
    return OpenAIOkHttpClient.builder().apiKey(token).baseUrl(node.uri("/v1").toString()).build();
  }

  private static ChatCompletionCreateParams hello(String model) {
    return ChatCompletionCreateParams.builder().model(model).addUserMessage("hello").build();
  }

  private ChatCompletion chat(String model) {
    return client(node.token()).chat().completions().create(hello(model));
  }

  private String streamed() {
    try (StreamResponse<ChatCompletionChunk> chunks =
        client(node.token()).chat().completions().createStreaming(hello(TestNode.MODEL))) {
      return chunks.stream()
          .flatMap(chunk -> chunk.choices().stream())
          .flatMap(choice -> choice.delta().content().stream())
          .collect(Collectors.joining());
    }
  }

  @Test
  void a_chat_is_answered_with_text_and_usage() {
    node.pool.add(2);
    node.upstream.answer("key1", StreamUpstream.json(402, ScriptedUpstream.noCredit().body()));

    ChatCompletion answer = chat(TestNode.MODEL);

    assertThat(answer.choices().getFirst().message().content()).contains("Here it is.");
    assertThat(answer.usage().orElseThrow().promptTokens()).isEqualTo(100);
    assertThat(node.attempts()).containsExactly("http_error", "ok");
  }

  @Test
  void two_choices_with_log_probabilities_arrive_as_they_were_sent() {
    node.pool.add(1);
    node.upstream.answer("*", StreamUpstream.json(200, TWO_CHOICES));

    ChatCompletion answer =
        client(node.token())
            .chat()
            .completions()
            .create(hello(TestNode.MODEL).toBuilder().n(2).logprobs(true).build());

    assertThat(answer.choices()).hasSize(2);
    assertThat(
            answer.choices().stream()
                .map(choice -> choice.logprobs().orElseThrow().content().orElseThrow().getFirst()))
        .extracting(token -> token.token() + " " + token.logprob())
        .containsExactly("Yes -0.25", "No -0.5");
    assertThat(new String(node.upstream.calls().getFirst().body(), UTF_8))
        .contains("\"n\":2", "\"logprobs\":true");
  }

  @Test
  void a_stream_has_the_same_text_as_a_complete_answer() {
    node.pool.add(1);
    node.upstream.answer("*", StreamUpstream.stream(": wait\n\n", ONE, ONE, LAST));

    assertThat(streamed()).isEqualTo("aa");
  }

  @Test
  void an_error_after_three_events_and_a_truncated_stream_are_exceptions() {
    node.pool.add(1);
    node.upstream.answer(
        "*",
        StreamUpstream.stream(
            ONE, ONE, ONE, "data: {\"error\":{\"message\":\"overloaded\",\"code\":502}}\n\n"),
        call -> call.head(200, "text/event-stream").send(ONE + ONE + ONE).cut());

    assertThatThrownBy(this::streamed).isInstanceOf(SseException.class);
    assertThatThrownBy(this::streamed).isInstanceOf(SseException.class);
    assertThat(node.upstream.calls()).hasSize(2);
    assertThat(node.requests()).containsExactlyInAnyOrder("failed", "truncated");
  }

  @Test
  void a_wrong_token_an_unknown_model_and_a_limited_pool_are_the_library_s_exceptions() {
    node.pool.add(1);
    assertThatThrownBy(() -> client("kw1_wrong").chat().completions().create(hello(TestNode.MODEL)))
        .isInstanceOf(UnauthorizedException.class);
    assertThatThrownBy(() -> chat("nobody/nothing")).isInstanceOf(NotFoundException.class);
    long reset = node.pool.clock.instant().plus(Duration.ofHours(3)).toEpochMilli();
    node.upstream.answer("*", StreamUpstream.json(429, ScriptedUpstream.daily429(reset).body()));

    assertThatThrownBy(() -> chat("maker/model:free")).isInstanceOf(RateLimitException.class);
    assertThat(node.upstream.calls()).hasSize(1); // and the library does not wait for hours
  }

  @Test
  void the_library_waits_for_the_end_of_a_short_limit() {
    node.pool.add(1);
    node.upstream.answer(
        "*",
        StreamUpstream.json(429, ScriptedUpstream.upstream429().body(), "Retry-After", "6"),
        StreamUpstream.json(200, ScriptedUpstream.ok().body()));

    assertThat(chat(TestNode.MODEL).choices().getFirst().message().content())
        .contains("Here it is.");
    assertThat(node.upstream.calls().getLast().header("x-stainless-retry-count")).isEmpty();
    assertThat(node.requests()).containsExactly("failed", "ok");
  }

  @Test
  void the_library_reads_the_list_of_models_and_one_model() {
    node.pool.add(1);

    assertThat(client(node.token()).models().list().data().stream().map(model -> model.id()))
        .contains(TestNode.MODEL, "other/model");
    assertThat(client(node.token()).models().retrieve(TestNode.MODEL).id())
        .isEqualTo(TestNode.MODEL);
    assertThatThrownBy(() -> client(node.token()).models().retrieve("nobody/nothing"))
        .isInstanceOf(NotFoundException.class);
  }
}
