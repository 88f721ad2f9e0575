package dev.keywheel.gateway.peek;

import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.gateway.peek.PeekResult.Malformed;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestPeekTest {

  @Test
  void the_fields_that_the_gateway_needs_are_read() {
    var peek =
        peek(
            """
            {"x":{"model":"inner"},"model":"a/b","stream":true,"stream_options":{"include_usage":true},
             "models":["c/d","e"],"fallbacks":[{"model":"f"},"g"],"session_id":"s1","n":1e2,
             "previous_response_id":"resp_1"}""");

    assertThat(peek.model()).isEqualTo("a/b");
    assertThat(peek.otherModels()).containsExactly("c/d", "e", "f", "g");
    assertThat(peek.stream()).isTrue();
    assertThat(peek.includesUsage()).isTrue();
    assertThat(peek.usageRequest()).isNull();
    assertThat(peek.conversation()).isEqualTo("s1");
    assertThat(peek.previousResponse()).isEqualTo("resp_1");
    assertThat(peek.extras()).isEmpty();
  }

  @Test
  void numbers_may_have_any_length() {
    assertThat(peek("{\"x\":" + "9".repeat(5_000) + ",\"model\":\"a\"}").model()).isEqualTo("a");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "{\"n\":3}; 3",
        "{\"n\":\"3\"}; 3",
        "{\"n\":2.0}; 2",
        "{\"n\":2.5}; 1",
        "{\"n\":1e2}; 1",
        "{\"n\":-1}; 1",
        "{\"n\":99999999999999}; 1",
        "{\"n\":[2]}; 1",
        "{\"prompt\":[\"a\",\"b\"],\"n\":2}; 4",
        "{\"prompt\":[[1,2],[3]]}; 2",
        "{\"prompt\":[1,2,3]}; 1",
        "{\"prompt\":[]}; 1",
        "{\"prompt\":\"a\"}; 1"
      })
  void the_number_of_choices_is_read_and_counts_as_one_if_it_is_invalid(String body, int choices) {
    assertThat(peek(body).choices()).isEqualTo(choices);
  }

  @Test
  void more_than_a_hundred_models_are_refused() {
    String names = "\"a\",".repeat(100);

    assertThat(
            peek("{\"model\":\"a\",\"models\":[" + names.substring(0, names.length() - 1) + "]}")
                .otherModels())
        .hasSize(100);
    assertThat(
            RequestPeek.of(("{\"model\":\"a\",\"models\":[" + names + "\"a\"]}").getBytes(UTF_8)))
        .isEqualTo(new Malformed("The body names more than 100 models."));
  }

  @Test
  void an_escaped_name_is_the_same_name() {
    assertThat(peek("{\"mod\\u0065l\":\"a\"}").model()).isEqualTo("a");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"model\":\"a\",\"model\":\"b\"}",
        "{\"model\":\"a\",\"mod\\u0065l\":\"b\"}",
        "{\"model\":\"a\",\"stream\":true,\"stream\":false}",
        "{\"model\":\"a\",\"stream_options\":{\"include_usage\":true,\"include_usage\":false}}",
      })
  void a_field_that_occurs_twice_is_refused(String body) {
    assertThat(RequestPeek.of(body.getBytes(UTF_8)))
        .isEqualTo(new Malformed("The body has a field twice. Send each field once."));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"Model", "MODELS", "Fallbacks", "\u017Fmodel", "model\u017F", "Tools", "Plugins"})
  void a_field_that_providers_may_read_as_one_that_chooses_models_is_refused(String name) {
    var body = "{\"model\":\"a\",\"" + name + "\":\"b\"}";
    boolean other = name.startsWith("\u017F");
    assertThat(RequestPeek.of(body.getBytes(UTF_8)) instanceof Malformed).isNotEqualTo(other);
  }

  @Test
  void models_and_types_in_other_spellings_count() {
    assertThat(peek("{\"model\":\"a\",\"fallbacks\":[{\"Model\":\"b\"}]}").otherModels())
        .containsExactly("b");
    assertThat(peek("{\"model\":\"a\",\"tools\":[{\"Type\":\"openrouter:advisor\"}]}").extras())
        .containsExactly("openrouter:advisor");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "{\"stream\":null}", "{\"stream\":false}"})
  void a_body_without_a_true_stream_field_requests_no_stream(String body) {
    assertThat(peek(body).stream()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[]",
        "null",
        "\"a\"",
        "{\"model\":\"a\"",
        "{\"model\":\"a\"} {}",
        "{\"model\":\"a\"}x",
        "{'model':'a'}",
        "{\"model\":\"a\",}",
        "{\"model\":1}",
        "{\"model\":\"a\",\"stream\":\"true\"}",
        "{\"model\":\"a\",\"stream\":1}",
        "{\"model\":\"a\",\"stream\":[true]}",
        "{\"model\":[\"a\"]}",
        "{\"model\":null}",
        "\uFEFF{\"model\":\"a\"}",
      })
  void anything_but_one_object_with_a_named_model_is_refused(String body) {
    assertThat(RequestPeek.of(body.getBytes(UTF_8))).isInstanceOf(Malformed.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"@preset/\\u0000", "a\\n", "a\\u007f", "a\\ud83e", "a\\udd86b", "\\udd86\\ud83e"})
  void a_model_s_id_with_a_control_character_or_half_a_surrogate_pair_is_refused(String id) {
    for (String body : List.of("{'model':'%s'}", "{'model':'a','fallbacks':[{'model':'%s'}]}")) {
      assertThat(RequestPeek.of(body.replace('\'', '"').formatted(id).getBytes(UTF_8)))
          .isEqualTo(
              new Malformed(
                  "A model's id must have at most 256 characters, and no control character or"
                      + " unpaired surrogate."));
    }
  }

  @Test
  void a_model_id_of_excessive_length_is_refused() {
    assertThat(peek("{\"model\":\"" + "a".repeat(254) + "🦆\"}").model()).hasSize(256);
    for (String body : List.of("{\"model\":\"%s\"}", "{\"models\":[\"%s\"]}")) {
      assertThat(RequestPeek.of(body.formatted("a".repeat(257)).getBytes(UTF_8)))
          .isInstanceOf(Malformed.class);
    }
    String type = "openrouter:" + "a".repeat(1_000);
    assertThat(peek("{\"model\":\"a\",\"tools\":[{\"type\":\"" + type + "\"}]}").extras())
        .containsExactly(type.substring(0, 100));
  }

  @Test
  void bodies_that_are_not_utf_8_are_refused() {
    assertThat(RequestPeek.of("{\"model\":\"a\"}".getBytes(UTF_16LE)))
        .isInstanceOf(Malformed.class);
    byte[] invalid = "{\"model\":\"a\",\"x\":\"?\"}".getBytes(UTF_8);
    invalid[invalid.length - 3] = (byte) 0xC3;
    assertThat(RequestPeek.of(invalid)).isInstanceOf(Malformed.class);
    assertThat(Utf8.isValid("é🦆".repeat(10_000).getBytes(UTF_8))).isTrue();
  }

  @Test
  void a_number_of_choices_in_a_very_long_string_counts_as_one() {
    assertThat(peek("{\"n\":\"" + "9".repeat(3 << 20) + "\",\"model\":\"a\"}").choices())
        .isEqualTo(1);
  }

  @Test
  void deep_nesting_and_too_many_fields_are_refused() {
    assertThat(RequestPeek.of(nested(100))).isInstanceOf(RequestPeek.class);
    assertThat(RequestPeek.of(nested(100_000))).isInstanceOf(Malformed.class);
    var many = new StringBuilder("{\"model\":\"a\"");
    for (int i = 0; i < 2_000; i++) {
      many.append(",\"f").append(i).append("\":1");
    }
    assertThat(RequestPeek.of(many.append('}').toString().getBytes(UTF_8)))
        .isInstanceOf(Malformed.class);
  }

  private static byte[] nested(int depth) {
    return ("{\"model\":\"a\",\"x\":" + "[".repeat(depth) + "]".repeat(depth) + "}")
        .getBytes(UTF_8);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"model\":\"a\",\"tools\":[{\"type\":\"function\"},{\"type\":\"openrouter:advisor\"}]}",
        "{\"model\":\"a\",\"tools\":[{\"type\":\"openrouter:fusion\",\"type\":\"function\"}]}",
        "{\"model\":\"a\",\"tools\":[{\"type\":\"image_generation\",\"model\":\"b\"}]}",
        "{\"model\":\"a\",\"tools\":[{\"type\":\"advisor_20260301\",\"name\":\"advisor\"}]}",
        "{\"model\":\"a\",\"tools\":[{\"type\":\"later_20270101\",\"model\":\"b\"}]}",
        "{\"model\":\"a\",\"tools\":[{\"type\":7,\"model\":{\"id\":\"b\"}}]}",
        "{\"model\":\"a\",\"plugins\":[{\"id\":\"web\"}]}",
        "{\"model\":\"a\",\"plugins\":{\"id\":\"web\"}}",
        "{\"model\":\"a\",\"preset\":\"mine\"}",
        "{\"model\":\"openrouter/auto\"}",
        "{\"model\":\"@preset/mine\"}",
        "{\"model\":\"a\",\"models\":[\"a@preset/mine\"]}",
      })
  void a_field_that_runs_other_models_is_a_provider_extra(String body) {
    assertThat(peek(body).extras()).hasSize(1);
  }

  @Test
  void ordinary_tools_and_empty_lists_are_not_provider_extras() {
    assertThat(
            peek("""
                    {"model":"openrouter/openai/gpt","plugins":[],"preset":null,"tools":[
                     {"type":"function","function":{"name":"x","parameters":{"type":"openrouter:x"}}},
                     {"type":"custom","model":null},7]}""")
                .extras())
        .isEmpty();
  }

  @Test
  void another_model_replaces_only_the_value_of_the_field() {
    String body = "{ \"x\" : 1.0, \"mod\\u0065l\"\t:  \"\\u0061/🦆\" ,\"y\":1e2}";

    assertThat(changed(body, peek(body).withModel("c\"d").stream().toList()))
        .isEqualTo("{ \"x\" : 1.0, \"mod\\u0065l\"\t:  \"c\\\"d\" ,\"y\":1e2}");
    assertThat(peek(body).withModel("a/🦆")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "{};{\"model\":\"b\"}",
        " { } ; {\"model\":\"b\" } ",
        "{\"x\":{\"model\":\"c\"}};{\"model\":\"b\",\"x\":{\"model\":\"c\"}}",
        "{\"model\":\"\"};{\"model\":\"\"}",
        "{\"x\":1,\"model\":\"a\"};{\"x\":1,\"model\":\"a\"}",
      })
  void a_default_model_is_added_to_a_body_without_the_field(String body, String sent) {
    var peek = peek(body);

    assertThat(changed(body, peek.withModel(peek.modelOr("b")).stream().toList())).isEqualTo(sent);
    assertThat(peek.modelOr(null)).isEqualTo(peek.model());
  }

  @Test
  void a_default_model_is_added_beside_the_request_for_usage() {
    String body = "{ \"stream\":true}";
    var peek = peek(body);

    assertThat(changed(body, List.of(peek.withModel("d").orElseThrow(), peek.usageRequest())))
        .isEqualTo(
            "{\"model\":\"d\",\"stream_options\":{\"include_usage\":true}, \"stream\":true}");
  }

  @Test
  void a_default_model_that_chooses_another_is_a_provider_extra() {
    assertThat(peek("{}").extras("openrouter/auto")).containsExactly("openrouter/auto");
    assertThat(peek("{\"models\":[\"a@preset/x\"]}").extras("a@preset/x"))
        .containsExactly("a@preset/x");
    assertThat(peek("{}").extras("maker/model")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"model\":\"a\"}|{\"stream_options\":{\"include_usage\":true},\"model\":\"a\"}",
        "{}|{\"stream_options\":{\"include_usage\":true}}",
        "{\"stream_options\":null,\"n\":1}|{\"stream_options\":{\"include_usage\":true},\"n\":1}",
        "{\"stream_options\":{ }}|{\"stream_options\":{\"include_usage\":true }}",
        "{\"stream_options\":{\"x\":[1]}}|{\"stream_options\":{\"include_usage\":true,\"x\":[1]}}",
        "{\"stream_options\":{\"include_usage\": false}}|{\"stream_options\":{\"include_usage\": true}}",
      })
  void usage_can_be_requested_on_behalf_of_the_client(String bodies) {
    String body = bodies.substring(0, bodies.indexOf('|'));

    assertThat(changed(body, List.of(peek(body).usageRequest())))
        .isEqualTo(bodies.substring(bodies.indexOf('|') + 1));
  }

  @Test
  void requests_of_one_conversation_have_the_same_prefix() {
    String first = conversation("{\"role\":\"user\",\"content\":\"one\"}");
    String later =
        conversation(
            "{\"role\":\"user\",\"content\":\"one\"},{\"role\":\"assistant\",\"content\":\"x\"},"
                + "{\"role\":\"user\",\"content\":\"two\"}");

    assertThat(later).isEqualTo(first);
    assertThat(conversation("{\"role\":\"user\",\"content\":\"other\"}")).isNotEqualTo(first);
    assertThat(peek("{\"model\":\"a\"}").conversation()).isNull();
    assertThat(peek("{\"model\":\"a\",\"prompt_cache_key\":\"k\",\"input\":\"x\"}").conversation())
        .isEqualTo("k");
  }

  /** Claude Code marks the last block of the newest turn, so the mark leaves the first turn. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "[{'type':'text','text':'one'}] | [{'type':'text','text':'one',%s}]",
        "[{'type':'text','text':'one'}] | [{%s,'type':'text','text':'one'}]",
        "'one' | [{'type':'text','text':'one',%s}]",
        "[{'text':'a'},{'image':{'n':1.5}}] | [ {'text' : 'a', %s}, {'image':{'n':1.5,%1$s}} ]",
      })
  void marks_for_the_prompt_cache_do_not_change_the_conversation(String plain, String marked) {
    String mark = "'cache_control':{'type':'ephemeral','ttl':'1h'}";

    assertThat(conversationOf(marked.formatted(mark))).isEqualTo(conversationOf(plain));
    assertThat(conversationOf(marked.formatted("'x':'y'"))).isNotEqualTo(conversationOf(plain));
  }

  private static String conversationOf(String content) {
    String turn = "{'role':'user','content':" + content + "}";
    return conversation(turn.replace('\'', '"'));
  }

  @Test
  void a_request_body_that_chooses_endpoints_or_models_is_recognized() {
    assertThat(peek("{\"model\":\"a\",\"provider\":{\"only\":[\"x\"]}}").choosesEndpoints())
        .isTrue();
    assertThat(peek("{\"model\":\"a\",\"models\":[\"b\"]}").choosesEndpoints()).isTrue();
    assertThat(peek("{\"model\":\"a\",\"fallbacks\":[]}").choosesEndpoints()).isTrue();
    assertThat(peek("{\"model\":\"a\",\"user\":\"models\"}").choosesEndpoints()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'input':'%s'",
        "'instructions':'%s','input':[{'role':'user','content':'%1$s'}]",
        "'messages':[{'role':'%s','content':[{'text':'%1$s'}]}]",
        "'input':[{'type':'reasoning','encrypted_content':'%s'}]",
        "'session_id':'%s','prompt_cache_key':'%1$s','previous_response_id':'%1$s'",
        "'tools':[{'type':'function','function':{'description':'%s'}}],'stream_options':'%1$s'",
      })
  void long_strings_are_passed_over_without_being_decoded(String fields) {
    String body =
        ("{" + fields + ",'model':'a'}")
            .replace('\'', '"')
            .formatted("\\\"é\\\\".repeat(1_000_000));

    var peek = peek(body); // the parser decodes no string of more than two megabytes

    assertThat(peek.model()).isEqualTo("a");
    assertThat(peek.references()).isEmpty();
    assertThat(peek.extras()).isEmpty();
    assertThat(changed(body, peek.withModel("b").stream().toList()))
        .isEqualTo(body.substring(0, body.length() - 3) + "b\"}");
  }

  @ParameterizedTest
  @ValueSource(ints = {300_000, 1_200_000, 6 * (256 << 10), 2_000_000})
  void encrypted_reasoning_of_any_length_is_accepted(int length) {
    var peek =
        peek(
            "{\"model\":\"a\",\"input\":[{\"type\":\"reasoning\",\"encrypted_content\":\""
                + "a".repeat(length)
                + "\"}]}");

    assertThat(peek.model()).isEqualTo("a");
    assertThat(peek.references()).isEmpty();
  }

  @Test
  void a_tool_whose_type_is_too_long_to_be_read_may_run_a_model() {
    String type = "openrouter:" + "a".repeat(100_000);

    assertThat(peek("{\"model\":\"a\",\"tools\":[{\"type\":\"" + type + "\"}]}").extras())
        .containsExactly("tools");
  }

  private static String conversation(String turns) {
    var found =
        peek("{\"messages\":[{\"role\":\"system\",\"content\":\"be brief\"},"
                + turns
                + "],\"model\":\"a\"}")
            .conversation();
    assertThat(found).isNotNull();
    return found;
  }

  private static String changed(String body, List<Splice> splices) {
    return Splice.apply(body.getBytes(UTF_8), splices).stream()
        .map(part -> UTF_8.decode(part).toString())
        .collect(Collectors.joining());
  }

  private static RequestPeek peek(String body) {
    var result = RequestPeek.of(body.getBytes(UTF_8));
    assertThat(result).isInstanceOf(RequestPeek.class);
    return (RequestPeek) result;
  }
}
