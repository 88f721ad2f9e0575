package dev.keywheel.gateway.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.keywheel.provider.http.LenientJson;
import java.lang.management.ManagementFactory;
import java.nio.charset.Charset;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AnswerPeekTest {
  private static final String LONG = "\\\"é".repeat(1_000_000);

  /** The parser decodes no string of more than a megabyte. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "'x':'%s'",
        "'model':'%s'",
        "'usage':{'x':'%s'}",
        "'choices':[{'finish_reason':'%s','message':{'content':'%1$s'}}]",
        "'output':[{'result':'%s'}]",
        "'output':'%s'",
      })
  void long_strings_are_passed_over_without_being_decoded(String fields) {
    AnswerPeek answer = read("{'id':'gen-1'," + fields + "}");

    assertThat(answer.id()).isEqualTo("gen-1");
    assertThat(answer.failed()).isFalse();
  }

  @Test
  void nan_and_infinity_as_written_by_python_are_read() {
    AnswerPeek answer = read("{'choices':[{'logprobs':[-Infinity,NaN]}],'id':'gen-1'}");

    assertThat(answer.id()).isEqualTo("gen-1");
    assertThat(answer.failed()).isFalse();
  }

  @Test
  void a_body_with_more_than_one_object_is_not_an_answer() {
    for (String more : List.of("{}", "\n{\"id\":\"b\"}", "x", "]")) {
      assertThat(AnswerPeek.read(("{\"id\":\"a\"}" + more).getBytes(UTF_8))).isEmpty();
    }
    assertThat(read("{'id':'a'}\r\n ").id()).isEqualTo("a");
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE"})
  void a_body_that_is_not_in_utf8_is_not_an_answer(String charset) {
    String body = "{\"choices\":[{\"message\":{\"content\":\"a\"}}],\"usage\":{}}";

    assertThat(AnswerPeek.read(body.getBytes(Charset.forName(charset)))).isEmpty();
  }

  /** An answer that counts as unreadable is requested again, and charged again. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "'usage':{'cost':9.%s}",
        "'choices':[{'message':{'content':1%s}}]",
        "'choices':[{'message':@}]",
        "'x':@"
      })
  void a_long_number_or_many_levels_do_not_make_an_answer_unreadable(String fields) {
    String levels = "[".repeat(2_000) + "]".repeat(2_000);
    String body = fields.replace("%s", "1".repeat(60_000)).replace("@", levels);
    AnswerPeek answer = read("{'id':'gen-1'," + body + "}");

    assertThat(answer.id()).isEqualTo("gen-1");
    assertThat(answer.failed()).isFalse();
    assertThat(answer.empty()).isFalse();
  }

  @Test
  void a_very_large_error_is_a_failure() {
    assertThat(read("{'error':{'code':429,'message':'%s'}}").failed()).isTrue();
    assertThat(read("{'choices':[{'error':'%s'}]}").failed()).isTrue();
  }

  @Test
  void a_response_that_failed_without_an_error_is_a_failure() {
    assertThat(read("{'status':'failed','error':null}").failed()).isTrue();
    assertThat(read("{'status':'incomplete','error':null}").failed()).isFalse();
  }

  @Test
  void the_error_of_a_large_answer_can_be_read_separately() {
    AnswerPeek answer = read("{'x':'%s','error':{'code':429,'message':'slow down'}}");

    assertThat(answer.innerStatus()).isEqualTo(429);
    assertThat(new String(answer.errorBody(), UTF_8))
        .isEqualTo("{\"error\":{\"code\":429,\"message\":\"slow down\"}}");
    assertThat(read("{'id':'a'}").errorBody()).isEmpty();
  }

  @Test
  void an_error_type_of_anthropic_determines_the_status_if_no_number_does() {
    assertThat(read("{'error':{'type':'overloaded_error'}}").innerStatus()).isEqualTo(529);
    assertThat(read("{'error':{'type':'api_error','code':503}}").innerStatus()).isEqualTo(503);
    assertThat(read("{'error':{'type':'unknown'}}").innerStatus()).isZero();
  }

  @Test
  void the_canonical_type_of_openrouter_determines_the_status_if_no_number_does() {
    assertThat(
            read("{'error':{'type':'api_error','error_type':'provider_unavailable'}}")
                .innerStatus())
        .isEqualTo(502);
    assertThat(
            read("{'error':{'code':'server_error'},'error_type':'rate_limit_exceeded'}")
                .innerStatus())
        .isEqualTo(429);
    assertThat(read("{'error_type':'timeout','error':{'code':'server_error'}}").innerStatus())
        .isEqualTo(504);
    assertThat(
            read("{'error':{'metadata':{'error_type':'context_length_exceeded'}}}").innerStatus())
        .isEqualTo(400);
    assertThat(read("{'error':{'code':503},'error_type':'server'}").innerStatus()).isEqualTo(503);
    assertThat(read("{'error':null,'error_type':null}").innerStatus()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"invalid_image", "image_too_large", "empty_image_file"})
  void an_unusable_image_is_a_bad_request_without_a_status(String type) {
    for (String error : List.of("{'code':'T'}", "{'metadata':{'error_type':'T'}}")) {
      assertThat(read("{'error':" + error.replace("T", type) + "}").innerStatus()).isEqualTo(400);
    }
  }

  @Test
  void a_status_beside_a_code_in_words_is_the_status_of_the_error() {
    assertThat(read("{'error':{'code':'no_room','http_status':429}}").innerStatus()).isEqualTo(429);
  }

  @Test
  void a_large_body_in_ascii_that_is_unreadable_is_not_copied() {
    byte[] body = ("{\"id\":\"" + "a".repeat(16 << 20)).getBytes(UTF_8);
    var event = new EventBlock(EventBlock.Kind.DATA, body, body);
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();

    assertThat(AnswerPeek.read(body)).isEmpty();
    long read = threads.getCurrentThreadAllocatedBytes();
    assertThat(event.json()).isEmpty();
    long parsed = threads.getCurrentThreadAllocatedBytes();
    assertThat(LenientJson.parse(body)).isEmpty();
    long once = threads.getCurrentThreadAllocatedBytes() - parsed;

    assertThat(read - before).isLessThan(body.length);
    assertThat(parsed - read).isLessThan(once + body.length / 2);
  }

  @Test
  void an_answer_with_a_name_of_many_megabytes_is_unreadable_and_the_name_is_not_decoded() {
    byte[] body = ("{\"" + "n".repeat(16 << 20) + "\":1}").getBytes(UTF_8);
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();

    assertThat(AnswerPeek.read(body)).isEmpty();

    assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(body.length);
  }

  private static AnswerPeek read(String json) {
    return AnswerPeek.read(json.replace('\'', '"').formatted(LONG).getBytes(UTF_8)).orElseThrow();
  }

  /** A parser's table of names keeps each name that it reads, for the life of its factory. */
  @Test
  void long_names_do_not_stay_in_memory() {
    long before = usedAfterCollection();

    for (int first = 0; first < 1_000; first += 20) {
      byte[] body = answerWithLongNames(first).getBytes(UTF_8);
      assertThat(AnswerPeek.read(body)).isPresent();
      LenientJson.parse(body);
    }

    assertThat(usedAfterCollection() - before).isLessThan(20L << 20);
  }

  private static String answerWithLongNames(int first) {
    return IntStream.range(first, first + 20)
        .mapToObj(i -> '"' + "n".repeat(49_000) + i + "\":1")
        .collect(Collectors.joining(",", "{", "}"));
  }

  private static long usedAfterCollection() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }
}
