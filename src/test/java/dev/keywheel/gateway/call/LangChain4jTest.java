package dev.keywheel.gateway.call;

import static dev.keywheel.gateway.call.GatewayRelayTest.LAST;
import static dev.keywheel.gateway.call.GatewayRelayTest.ONE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.support.ScriptedUpstream;
import dev.keywheel.support.StreamUpstream;
import dev.keywheel.support.TestPool;
import dev.langchain4j.exception.AuthenticationException;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** LangChain4j as the client. It knows an error in a stream only by the event's name. */
class LangChain4jTest {
  @AutoClose private static final TestPool pool = new TestPool();

  @AutoClose private final TestNode node = new TestNode(pool);

  private OpenAiChatModel model(String token) {
    return OpenAiChatModel.builder()
        .baseUrl(node.uri("/v1").toString())
        .apiKey(token)
        .modelName(TestNode.MODEL)
        .build();
  }

  private CompletableFuture<String> streamed() {
    var text = new StringBuilder();
    var whole = new CompletableFuture<String>();
    OpenAiStreamingChatModel.builder()
        .baseUrl(node.uri("/v1").toString())
        .apiKey(node.token())
        .modelName(TestNode.MODEL)
        .build()
        .chat(
            "hello",
            new StreamingChatResponseHandler() {
              @Override
              public void onPartialResponse(String part) {
                text.append(part);
              }

              @Override
              public void onCompleteResponse(ChatResponse response) {
                whole.complete(text.toString());
              }

              @Override
              public void onError(Throwable error) {
                whole.completeExceptionally(error);
              }
            });
    return whole;
  }

  @Test
  void a_chat_answers_although_the_first_key_is_refused() {
    node.pool.add(2);
    node.upstream.answer("key1", StreamUpstream.json(401, ScriptedUpstream.unauthorized().body()));

    assertThat(model(node.token()).chat("hello")).isEqualTo("Here it is.");
    assertThat(node.attempts()).containsExactly("http_error", "ok");
  }

  @Test
  void a_stream_gives_the_same_text() throws Exception {
    node.pool.add(1);
    node.upstream.answer("*", StreamUpstream.stream(": wait\n\n", ONE, ONE, LAST));

    assertThat(streamed().get()).isEqualTo("aa");
  }

  @Test
  void an_error_after_content_and_a_cut_are_errors() {
    node.pool.add(1);
    node.upstream.answer(
        "*",
        StreamUpstream.stream(
            ONE, ONE, ONE, "data: {\"error\":{\"message\":\"overloaded\",\"code\":502}}\n\n"),
        call -> call.head(200, "text/event-stream").send(ONE + ONE + ONE).cut());

    assertThatThrownBy(() -> streamed().get()).isInstanceOf(ExecutionException.class);
    assertThatThrownBy(() -> streamed().get()).isInstanceOf(ExecutionException.class);
    assertThat(node.requests()).containsExactlyInAnyOrder("failed", "truncated");
  }

  @Test
  void a_wrong_token_is_an_authentication_exception() {
    assertThatThrownBy(() -> model("kw1_wrong").chat("hello"))
        .isInstanceOf(AuthenticationException.class);
    assertThat(node.upstream.calls()).isEmpty();
  }
}
