package dev.keywheel.article.reply;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keywheel.article.text.Sentences;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("full")
class ReplyReadingTest {
  private static String read(String reply) {
    return JsonReply.read(ReplyCleaner.visible(reply))
        .object()
        .map(Object::toString)
        .orElse("nothing");
  }

  @Test
  void clean_json_needs_no_repair() {
    var reply = JsonReply.read("{\"a\": [1, 2]}");
    assertThat(reply.object().orElseThrow().toString()).isEqualTo("{\"a\":[1,2]}");
    assertThat(reply.repairs()).isEmpty();
    assertThat(reply.complete()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "Here you go: {\"a\":1} Enjoy!|{\"a\":1}|extracted from surrounding text",
        "{\"a\":[1,2,],}|{\"a\":[1,2]}|trailing commas",
        "{“a”: “b says \"c\"”}|{\"a\":\"b says \\\"c\\\"\"}|smart quotes used as delimiters",
        "{\"a\":{\"b\":[\"x\",\"y|{\"a\":{\"b\":[\"x\",\"y\"]}}|missing closing brackets",
        "{\"a\":1,\"b\":|{\"a\":1}|missing closing brackets",
        "{\"a\":1,\"bro|{\"a\":1}|missing closing brackets",
        "{\"a\":\"1\\|{\"a\":\"1\"}|missing closing brackets",
        "{ /* all */ \"a\":1}|{\"a\":1}|comments",
        "{'a':['b']}|{\"a\":[\"b\"]}|single quotes",
        "{\"a\":\"C:\\Windows\\System32 ^\\d+ \\cdot\"}|{\"a\":\"C:\\\\Windows\\\\System32 ^\\\\d+ \\\\cdot\"}|unknown escapes",
        "{\"a\":\"it\\'s \\(b\\)\"}|{\"a\":\"it's (b)\"}|unknown escapes",
      })
  void common_mistakes_are_repaired_and_the_repair_is_named(
      String reply, String json, String repair) {
    var result = JsonReply.read(reply);
    assertThat(result.object().map(Object::toString).orElse("nothing")).isEqualTo(json);
    assertThat(result.repairs().contains(repair)).as(result.repairs()::toString).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "Here is the plan {as JSON}:¶¶{\"a\":{\"b\":1}}|{\"a\":{\"b\":1}}",
        "{\"thoughts\":\"x\"}¶{\"a\":{\"b\":1},}|{\"a\":{\"b\":1}}",
        "{\"a\":1}¶{\"thoughts\":\"longer than it\"}|{\"a\":1}",
        "Use {\"a\"} and {{x}}. ```json¶{\"a\":[1,2]}¶```|{\"a\":[1,2]}",
        "The keys are {here: {\"a\":1}}|{\"a\":1}",
        "[{\"a\":1}]|{\"a\":1}",
        "Sure: [{\"b\":1},{\"b\":2}]|{\"items\":[{\"b\":1},{\"b\":2}]}",
        "[{\"x\":1},{\"a\":2}]|{\"a\":2}",
        "{as said}¶{\"a\":1,\"b\":[2|{\"a\":1,\"b\":[2]}",
        "{ // first¶ \"a\":1, // last¶}|{\"a\":1}",
        "\"{\\\"a\\\":1}\"|{\"a\":1}",
        "{\"plan\":{\"a\":1,\"b\":{\"c\":2}}}|{\"a\":1,\"b\":{\"c\":2}}",
        "{\"A\":1}¶{\"thoughts\":\"longer than it\"}|{\"A\":1}",
      })
  void the_wanted_object_is_found_among_other_braces(String reply, String json) {
    var found = JsonReply.read(ReplyCleaner.visible(reply.replace('¶', '\n')), "a");
    assertThat(found.object().map(Object::toString).orElse("nothing")).isEqualTo(json);
  }

  @Test
  @Timeout(60)
  void many_objects_or_fields_are_read_in_bounded_time() {
    for (var piece :
        List.of("{\"a\":", "[{\"", "{\"a\" ", "{\"a\":\"}", "{“", "{}", "{/*", "{//", "{'")) {
      var reply = piece.repeat(2_000_000 / piece.length());
      assertThat(JsonReply.read(ReplyCleaner.visible(reply), "z").repairs().size() < 10).isTrue();
    }
    var names = IntStream.range(0, 30_000).mapToObj(i -> "\"a" + i + "\":{}").toList();
    var object = JsonReply.read("{" + String.join(",", names) + "}", "z").object();
    assertThat(object.map(JsonNode::size)).hasValue(names.size());
  }

  @Test
  @Timeout(20)
  void repeated_opening_tags_and_lines_are_read_in_linear_time() {
    var thoughts = ReplyCleaner.visible("x" + "<think>".repeat(100_000));
    assertThat(thoughts.startsWith("x<think>")).isTrue();
    assertThat(ReplyCleaner.visible("a<think>b</think>c<Reasoning>d</reasoning>e"))
        .isEqualTo("ace");
    var blocks = Blocks.read("@@s1-1@@\n" + "x\n".repeat(2_000_000), Map.of("s1-1", ""));
    assertThat(blocks.texts().getOrDefault("s1-1", "").length()).isEqualTo(3_999_999);
    assertThat(Sentences.finished("a" + "\n".repeat(200_000) + "b")).isFalse();
    assertThat(Sentences.finished("a\n - b")).isTrue();
  }

  @Test
  void a_long_reply_is_shortened_between_characters() {
    assertThat(ReplyCleaner.shortened("🍞".repeat(10), 10)).isEqualTo("🍞🍞\n[…]\n🍞🍞");
  }

  @Test
  void line_breaks_inside_strings_are_repaired() {
    assertThat(read("{\"a\":\"1\n2\"}")).isEqualTo("{\"a\":\"1\\n2\"}");
  }

  @Test
  void braces_inside_strings_do_not_end_the_object() {
    assertThat(read("x {\"a\":\"}{\"} y")).isEqualTo("{\"a\":\"}{\"}");
  }

  @Test
  void reasoning_is_ignored_even_if_it_contains_json() {
    assertThat(read("<think>maybe {\"a\":0}?</think>\n```json\n{\"a\":1}\n```"))
        .isEqualTo("{\"a\":1}");
    assertThat(read("maybe {\"a\":0}\n</think>{\"a\":1}")).isEqualTo("{\"a\":1}");
    assertThat(read("<think>{\"a\":1} and I never stop")).isEqualTo("nothing");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1e999", "-1e999", "\"1e999\"", "\"NaN\""})
  void a_number_that_is_too_large_for_a_double_counts_as_missing(String number) {
    var json = JsonReply.read("{\"number\":" + number + "}", "number").object().orElseThrow();
    assertThat(JsonFields.number(json, "number")).isNull();
  }

  @Test
  void two_megabytes_of_brackets_are_not_an_object() {
    assertThat(read("{".repeat(2_000_000))).isEqualTo("nothing");
    assertThat(read("[".repeat(2_000_000))).isEqualTo("nothing");
  }

  @Test
  void no_truncated_reply_throws() {
    var whole =
        "Sure:\n"
            + "```json\n"
            + "{\"items\": [{\"id\": \"q1\", \"answer\": \"Yes, \\\"always\\\".\"}, {\"id\":"
            + " \"q2\", \"answer\": \"No\\u00e9\"}]}\n"
            + "```";
    for (int i = 0; i < whole.length(); i++) {
      var cut = JsonReply.read(ReplyCleaner.visible(whole.substring(0, i)));
      assertThat(cut.object().isEmpty() || cut.object().get().isObject()).isTrue();
    }
  }

  @Test
  void open_and_closed_fences_are_found_by_their_language() {
    var text = "a\n```json\n{}\n```\nb\n~~~html\n<p>`x`</p>";
    assertThat(CodeFence.first(text, "html").orElseThrow())
        .isEqualTo(new CodeFence("html", "<p>`x`</p>\n"));
    assertThat(CodeFence.first(text, "json").orElseThrow())
        .isEqualTo(new CodeFence("json", "{}\n"));
    assertThat(CodeFence.first(text, "svg").isEmpty()).isTrue();
  }

  private static final Map<String, String> TITLES = titles();

  private static Map<String, String> titles() {
    var titles = new LinkedHashMap<String, String>();
    titles.put("s1-1", "How bread rises");
    titles.put("s1-2", "Choosing the right flour");
    return titles;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "@@s1-1@@|@@s1-2@@",
        "**@@s1-1@@**|**@@s1-2@@**",
        "## @@s1-1@@ How bread rises|## @@ s1-2 @@",
        "> @@s1-1@@:|@@S1-2@@"
      })
  void markers_are_found_in_every_formatting(String first, String second) {
    var blocks = Blocks.read("Sure!\n" + first + "\nOne.\n\nTwo.\n" + second + "\nThree.", TITLES);
    assertThat(blocks.texts()).isEqualTo(Map.of("s1-1", "One.\n\nTwo.", "s1-2", "Three."));
    assertThat(blocks.last()).isEqualTo("s1-2");
  }

  @Test
  void replies_without_markers_are_split_at_the_planned_headings() {
    var blocks =
        Blocks.read("## How bread rises\nOne.\n\n**Choosing the right flour**\nTwo.", TITLES);
    assertThat(blocks.texts()).isEqualTo(Map.of("s1-1", "One.", "s1-2", "Two."));
    assertThat(blocks.repairs()).isEqualTo(List.of("blocks found by their headings"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\'',
      value = {
        "Sure:¶```markdown¶@@s1-1@@¶One.¶@@s1-2@@¶Two.¶```¶Let me know!|One.|Two.",
        "```¶# Section¶¶@@s1-1@@¶One.¶¶@@s1-2@@¶Two.¶```¶¶I hope this helps!|One.|Two.",
        "```¶@@s1-1@@¶One.¶```¶¶```¶@@s1-2@@¶Two.¶```|One.|Two.",
        "```md¶@@s1-1@@¶```sh¶a¶```¶One.¶@@s1-2@@¶Two.¶```|```sh¶a¶```¶One.|Two.",
        "```md¶@@s1-1@@¶```¶a¶```¶One.¶@@s1-2@@¶Two.¶```|```¶a¶```¶One.|Two.",
        "````¶@@s1-1@@¶One.¶@@s1-2@@¶Two.¶```¶a¶```¶````|One.|Two.¶```¶a¶```",
        "@@s1-1@@¶One.¶```¶a¶```¶@@s1-2@@¶Two.¶```¶a¶```|One.¶```¶a¶```|Two.¶```¶a¶```",
        "@@s1-1@@¶One.¶@@s1-2@@¶Two.¶```¶a|One.|Two.¶```¶a",
      })
  void a_fence_around_blocks_is_removed_wherever_it_is(String reply, String one, String two) {
    var texts = new LinkedHashMap<>(Blocks.read(reply.replace('¶', '\n'), TITLES).texts());
    texts.replaceAll((_, text) -> ReplyCleaner.withoutRemarks(text));
    assertThat(texts)
        .isEqualTo(Map.of("s1-1", one.replace('¶', '\n'), "s1-2", two.replace('¶', '\n')));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "I hope this helps! Let me know if you'd like me to adjust the tone. 😊",
        "**Word count:** 512",
        "(Word count: 120)",
        "*Note: I have followed all the instructions above.*",
        "Would you like me to continue with the FAQ section?",
        "If you need anything else, let me know!",
        "---",
        "---\n\nI hope this helps!\n\n**Word count:** 512",
        "```\n```",
        "```",
        "```\n\nI hope this helps!",
      })
  void closing_remarks_of_a_model_are_removed_from_a_block(String remark) {
    assertThat(ReplyCleaner.withoutRemarks("One.\n\n" + remark)).isEqualTo("One.");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "- Let me know if it leaks.",
        "* Let me know if Friday works",
        "* **Word count:** the number of words.",
        "Word count is only one measure of a text.",
        "**Word count** – every word in the box",
        "Do you want a stronger cup? Use more leaves.",
        "> I hope this helps you.",
        "Note: I have a small pot.",
        "```\na\n```",
        "| a |\n| --- |",
      })
  void ends_of_a_text_that_only_resemble_a_remark_are_kept(String end) {
    assertThat(ReplyCleaner.withoutRemarks("One.\n\n" + end)).isEqualTo("One.\n\n" + end);
    assertThat(ReplyCleaner.withoutRemarks("I hope this helps!")).isEqualTo("I hope this helps!");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "One.<❘im_end❘>|One.",
        "<❘channel❘>analysis<❘message❘>Hm.<❘end❘><❘start❘>assistant<❘channel❘>final<❘message❘>One.|One.",
        "<｜begin▁of▁sentence｜>One.|One.",
        "◁think▷Hm.◁/think▷One.◁think▷|One.",
        "<reflection>Hm.</reflection>One.|One.",
        "<think>¶So @@s1-1@@ first.¶¶@@s1-1@@¶One.|@@s1-1@@¶One.",
        "<think>@@s1-1@@¶One.|<think>@@s1-1@@¶One.",
        "<think>¶So @@s1-1@@ first.|``",
      })
  void thoughts_and_control_tokens_are_removed_but_not_the_blocks_after_them(
      String reply, String visible) {
    assertThat(ReplyCleaner.visible(reply.replace('¶', '\n').replace('❘', '|')))
        .isEqualTo(visible.replace('¶', '\n'));
  }

  @Test
  void a_repeated_block_keeps_its_longer_text_and_is_reported() {
    var blocks =
        Blocks.read("@@s1-1@@\nShort.\n@@s1-1@@\nRather longer.\n@@s9-9@@\nStrange.", TITLES);
    assertThat(blocks.texts()).isEqualTo(Map.of("s1-1", "Rather longer."));
    assertThat(blocks.repeated()).isEqualTo(List.of("s1-1"));
  }

  @Test
  void texts_are_joined_at_their_overlap_or_without_one() {
    assertThat(
            ContinuationMerger.appended(
                "So: the quick brown fox", ": the quick brown fox jumps over"))
        .isEqualTo("So: the quick brown fox jumps over");
    assertThat(ContinuationMerger.joined("abc", "bcd").isEmpty()).isTrue();
    assertThat(ContinuationMerger.appended("abc", "bcd")).isEqualTo("abcbcd");
  }

  @Test
  void refusals_are_distinguished_from_texts_about_them() {
    assertThat(ReplyCleaner.isRefusal("I'm sorry, but I can't help with that.")).isTrue();
    assertThat(ReplyCleaner.isRefusal("Moderate and generate are words with rate in them."))
        .isFalse();
    assertThat(ReplyCleaner.isRefusal("I cannot help " + "loving bread. ".repeat(60))).isFalse();
  }
}
