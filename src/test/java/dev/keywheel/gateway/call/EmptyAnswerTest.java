package dev.keywheel.gateway.call;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.gateway.ledger.GatewayQueries;
import dev.keywheel.gateway.ledger.GatewayRequestFilter;
import dev.keywheel.gateway.ledger.GatewayRequestState;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.support.StreamUpstream;
import dev.keywheel.support.TestPool;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Complete answers without content: passed on unchanged, and shown as empty. */
@Tag("full")
class EmptyAnswerTest {
  private static final String EMPTY = "model:empty";
  private static final String ANSWER = "answer";

  @AutoClose private static final TestPool pool = new TestPool();

  @AutoClose private final TestNode node = new TestNode(pool);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/v1/chat/completions|{'choices':[]}",
        "/v1/chat/completions|{'choices':[{'message':{'role':'assistant','content':''},'finish_reason':'stop'}]}",
        "/v1/chat/completions|{'choices':[{'message':{'content':null,'reasoning':'Hm','refusal':null},'finish_reason':null}]}",
        "/v1/chat/completions|{'choices':[{'message':{'content':[{'type':'text','text':' '}]}},{'message':{'tool_calls':[]}}]}",
        "/v1/completions|{'choices':[{'text':'','logprobs':null,'finish_reason':'stop'}]}",
        "/v1/messages|{'type':'message','content':[],'stop_reason':'end_turn'}",
        "/v1/messages|{'content':[{'type':'thinking','thinking':'Hm'},{'type':'text','text':''}],'stop_reason':'end_turn'}",
        "/v1/responses|{'status':'completed','output':[{'type':'reasoning','summary':['a']}]}",
        "/v1/responses|{'status':'completed','output':[{'type':'message','id':'m','content':[{'type':'output_text','text':''}]}]}"
      })
  void an_answer_without_content_is_passed_on_and_recorded_as_empty(String path, String answer) {
    assertOutcome(path, answer, EMPTY);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/v1/chat/completions|{'choices':[{'message':{'content':''},'finish_reason':'length'}]}",
        "/v1/chat/completions|{'choices':[{'message':{'content':''},'finish_reason':'content_filter'}]}",
        "/v1/chat/completions|{'choices':[{'message':{'content':null,'refusal':'No'},'finish_reason':'stop'}]}",
        "/v1/chat/completions|{'choices':[{'message':{'content':null,'tool_calls':[{'id':'a','function':{'name':'f'}}]}}]}",
        "/v1/chat/completions|{'choices':[{'message':{'content':'','images':[{'image_url':{'url':'data:'}}]}}]}",
        "/v1/chat/completions|{'choices':[{'message':{'content':''}},{'message':{'content':'a'}}]}",
        "/v1/completions|{'choices':[{'text':'a','finish_reason':'stop'}]}",
        "/v1/messages|{'content':[],'stop_reason':'max_tokens'}",
        "/v1/messages|{'content':[],'stop_reason':'refusal'}",
        "/v1/messages|{'content':[{'type':'tool_use','name':'f','input':{}}],'stop_reason':'tool_use'}",
        "/v1/responses|{'status':'incomplete','output':[]}",
        "/v1/responses|{'status':'completed','output':[{'type':'function_call','name':'f','arguments':''}]}",
        "/v1/embeddings|{'object':'list','data':[]}"
      })
  void an_answer_with_content_or_with_a_reason_for_its_absence_is_not_empty(
      String path, String answer) {
    assertOutcome(path, answer, ANSWER);
  }

  private void assertOutcome(String path, String answer, String outcome) {
    List<UUID> keys = node.pool.add(2);
    String body = answer.replace('\'', '"');
    node.upstream.answer("*", StreamUpstream.json(200, body));
    String request = "{\"model\":\"maker/model\",\"messages\":[],\"input\":\"a\",\"prompt\":\"a\"}";

    HttpResponse<byte[]> response = node.post(path, request);

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(TestNode.text(response)).isEqualTo(body);
    assertRecorded(outcome, keys);
  }

  private void assertRecorded(String outcome, List<UUID> keys) {
    assertThat(node.upstream.calls()).hasSize(1);
    assertThat(node.attempts()).containsExactly("ok");
    assertThat(node.codes()).containsExactly(outcome);
    assertThat(node.requests()).containsExactly("ok");
    assertThat(listed(true)).isEqualTo(outcome.equals(EMPTY) ? 1 : 0);
    assertThat(listed(false)).isEqualTo(outcome.equals(EMPTY) ? 0 : 1);
    var counts = queries().counts(pool.workspace, pool.clock.instant().minus(Duration.ofHours(24)));
    assertThat(counts.byOutcome())
        .containsEntry("Empty", outcome.equals(EMPTY) ? 1 : 0)
        .containsEntry("Answered", outcome.equals(EMPTY) ? 0 : 1)
        .containsEntry("Failed", 0);
    assertThat(keys).allMatch(key -> node.pool.key(key).usableFor(ModelClass.PAID));
  }

  private int listed(boolean empty) {
    var filter = new GatewayRequestFilter(GatewayRequestState.OK, empty, null, null);
    return queries().requests(pool.workspace, filter, null, 10).size();
  }

  private static GatewayQueries queries() {
    return new GatewayQueries(pool.database);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'id':'a','choices':[{'delta':{'role':'assistant','content':''}}]}\n"
            + "{'id':'a','choices':[{'delta':{'reasoning':'Hm'}}]}\n"
            + "{'id':'a','choices':[{'delta':{},'finish_reason':'stop'}]}\n"
            + "[DONE]",
        "{'id':'a','choices':[],'usage':{'prompt_tokens':3}}\n[DONE]",
        "[DONE]"
      })
  void a_chat_stream_without_content_is_empty(String events) {
    assertStream("/v1/chat/completions", events, EMPTY);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'id':'a','choices':[{'delta':{'content':''}}]}\n"
            + "{'id':'a','choices':[{'delta':{},'finish_reason':'length'}]}\n[DONE]",
        "{'id':'a','choices':[{'delta':{'tool_calls':[{'index':0,'function':{'name':'f'}}]}}]}\n[DONE]",
        "{'id':'a','choices':[{'delta':{'refusal':'No'}}]}\n[DONE]",
        "{'id':'a','choices':[{'delta':{'content':'a'},'finish_reason':'stop'}]}\n[DONE]"
      })
  void a_chat_stream_with_content_or_another_end_is_not_empty(String events) {
    assertStream("/v1/chat/completions", events, ANSWER);
  }

  @ParameterizedTest
  @CsvSource({
    "'', end_turn, model:empty",
    "a, end_turn, answer",
    "'', max_tokens, answer",
    "'', refusal, answer"
  })
  void a_stream_of_a_message_is_empty_if_its_blocks_have_no_text(
      String text, String reason, String outcome) {
    String events =
        """
        {'type':'message_start','message':{'id':'a','content':[],'usage':{'input_tokens':3}}}
        {'type':'content_block_start','index':0,'content_block':{'type':'thinking','thinking':''}}
        {'type':'content_block_delta','index':0,'delta':{'type':'thinking_delta','thinking':'Hm'}}
        {'type':'content_block_delta','index':0,'delta':{'type':'signature_delta','signature':'x'}}
        {'type':'ping'}
        {'type':'content_block_start','index':1,'content_block':{'type':'text','text':''}}
        {'type':'content_block_delta','index':1,'delta':{'type':'text_delta','text':'%s'}}
        {'type':'content_block_stop','index':1}
        {'type':'message_delta','delta':{'stop_reason':'%s'},'usage':{'output_tokens':3}}
        {'type':'message_stop'}"""
            .formatted(text, reason);
    assertStream("/v1/messages", events, outcome);
  }

  @ParameterizedTest
  @CsvSource({"'', completed, model:empty", "a, completed, answer", "'', incomplete, answer"})
  void a_stream_of_a_response_is_empty_if_its_items_have_no_text(
      String text, String end, String outcome) {
    String events =
        """
        {'type':'response.created','response':{'id':'r','error':null,'instructions':'%s','output':[]}}
        {'type':'response.output_item.added','item':{'type':'reasoning','id':'a'}}
        {'type':'response.reasoning_summary_text.delta','delta':'Hm'}
        {'type':'response.output_item.added','item':{'type':'message','id':'b','content':[]}}
        {'type':'response.content_part.added','part':{'type':'output_text','text':''}}
        {'type':'response.output_text.delta','delta':'%s'}
        {'type':'response.%s','response':{'id':'r','output':[]}}"""
            .formatted("a".repeat(70_000), text, end);
    assertStream("/v1/responses", events, outcome);
  }

  @Test
  void an_event_of_more_than_64_kb_counts_as_content_without_being_read() {
    String events =
        """
        {'id':'a','choices':[{'delta':{'role':'assistant','content':''}}]}
        {'id':'%s','choices':[{'delta':{'content':''}}]}
        [DONE]"""
            .formatted("a".repeat(70_000));
    assertStream("/v1/chat/completions", events, ANSWER);
  }

  @Test
  void a_function_call_in_a_stream_of_a_response_is_not_empty() {
    String events =
        """
        {'type':'response.created','response':{'id':'r'}}
        {'type':'response.output_item.added','item':{'type':'function_call','name':'f'}}
        {'type':'response.completed','response':{'id':'r'}}""";
    assertStream("/v1/responses", events, ANSWER);
  }

  /** Each line is the data of an event. */
  private void assertStream(String path, String events, String outcome) {
    List<UUID> keys = node.pool.add(2);
    String stream =
        events
            .replace('\'', '"')
            .lines()
            .map(line -> "data: " + line + "\n\n")
            .reduce("", String::concat);
    node.upstream.answer("*", StreamUpstream.stream(stream));

    HttpResponse<byte[]> response = node.post(path, TestNode.chatBody(true));

    assertThat(TestNode.text(response)).isEqualTo(stream);
    assertRecorded(outcome, keys);
  }
}
