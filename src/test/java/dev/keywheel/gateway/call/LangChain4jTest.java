package dev.keywheel.gateway.call;

import static dev.keywheel.gateway.call.GatewayRelayTest.LAST;
import static dev.keywheel.gateway.call.GatewayRelayTest.ONE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.keywheel.support.ScriptedUpstream;
import dev.keywheel.support.StreamUpstream;
import dev.keywheel.support.TestPool;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.AuthenticationException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.LogProb;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiChatResponseMetadata;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** LangChain4j as the client. It recognizes an error in a stream only by the event's name. */
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

  private CompletableFuture<ChatResponse> streamed(ChatRequest request) {
    var whole = new CompletableFuture<ChatResponse>();
    OpenAiStreamingChatModel.builder()
        .baseUrl(node.uri("/v1").toString())
        .apiKey(node.token())
        .modelName(TestNode.MODEL)
        .build()
        .chat(
            request,
            new StreamingChatResponseHandler() {
              @Override
              public void onPartialResponse(String part) {
                // The complete response contains all parts.
              }

              @Override
              public void onCompleteResponse(ChatResponse response) {
                whole.complete(response);
              }

              @Override
              public void onError(Throwable error) {
                whole.completeExceptionally(error);
              }
            });
    return whole;
  }

  private CompletableFuture<String> streamed() {
    return streamed(ChatRequest.builder().messages(UserMessage.from("hello")).build())
        .thenApply(response -> response.aiMessage().text());
  }

  @Test
  void a_chat_is_answered_although_the_first_key_is_refused() {
    node.pool.add(2);
    node.upstream.answer("key1", StreamUpstream.json(401, ScriptedUpstream.unauthorized().body()));

    assertThat(model(node.token()).chat("hello")).isEqualTo("Here it is.");
    assertThat(node.attempts()).containsExactly("http_error", "ok");
  }

  @Test
  void log_probabilities_arrive_as_they_were_sent() {
    node.pool.add(1);
    String two = OpenAiJavaTest.TWO_CHOICES; // of which this library takes only one
    String one = two.substring(0, two.indexOf(",\n {\"index\":1")) + "]}";
    node.upstream.answer("*", StreamUpstream.json(200, one));
    var model =
        OpenAiChatModel.builder()
            .baseUrl(node.uri("/v1").toString())
            .apiKey(node.token())
            .modelName(TestNode.MODEL)
            .logprobs(true)
            .build();

    var answer = (OpenAiChatResponseMetadata) model.chat(UserMessage.from("hello")).metadata();

    assertThat(answer.logProbs()).extracting(LogProb::logprob).containsExactly(-0.25);
    assertThat(answer.rawHttpResponse().body()).isEqualTo(one);
    assertThat(new String(node.upstream.calls().getFirst().body(), UTF_8))
        .containsPattern("\"logprobs\" ?: ?true");
  }

  @Test
  void a_stream_has_the_same_text_as_a_complete_answer() throws Exception {
    node.pool.add(1);
    node.upstream.answer("*", StreamUpstream.stream(": wait\n\n", ONE, ONE, LAST));

    assertThat(streamed().get()).isEqualTo("aa");
  }

  @Test
  void two_tool_calls_in_a_stream_are_complete() throws Exception {
    node.pool.add(1);
    node.upstream.answer(
        "*",
        StreamUpstream.stream(
            call(0, "\"id\":\"call_1\",", "{\\\"city\\\":"),
            call(0, "", "\\\"Oslo\\\"}"),
            call(1, "\"id\":\"call_2\",", "{\\\"city\\\":\\\"Rome\\\"}"),
            "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\n",
            "data: [DONE]\n\n"));
    var weather =
        ToolSpecification.builder()
            .name("weather")
            .parameters(JsonObjectSchema.builder().addStringProperty("city").build())
            .build();

    var response =
        streamed(
                ChatRequest.builder()
                    .messages(UserMessage.from("hello"))
                    .toolSpecifications(weather)
                    .build())
            .get();

    assertThat(response.aiMessage().toolExecutionRequests())
        .extracting(ToolExecutionRequest::id, ToolExecutionRequest::arguments)
        .containsExactly(
            tuple("call_1", "{\"city\":\"Oslo\"}"), tuple("call_2", "{\"city\":\"Rome\"}"));
  }

  private static String call(int index, String id, String arguments) {
    return "data: {\"id\":\"gen-1\",\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":"
        + index
        + ","
        + id
        + "\"type\":\"function\",\"function\":{\"name\":"
        + (id.isEmpty() ? "null" : "\"weather\"")
        + ",\"arguments\":\""
        + arguments
        + "\"}}]}}]}\n\n";
  }

  @Test
  void an_error_after_content_and_a_truncated_stream_are_errors() {
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
