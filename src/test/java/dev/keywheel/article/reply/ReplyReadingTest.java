package dev.keywheel.article.reply;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
    assertEquals("{\"a\":[1,2]}", reply.object().orElseThrow().toString());
    assertEquals(List.of(), reply.repairs());
    assertTrue(reply.complete());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "Here you go: {\"a\":1} Enjoy!|{\"a\":1}|taken out of surrounding text",
        "{\"a\":[1,2,],}|{\"a\":[1,2]}|trailing commas",
        "{“a”: “b says \"c\"”}|{\"a\":\"b says \\\"c\\\"\"}|smart quotes used as delimiters",
        "{\"a\":{\"b\":[\"x\",\"y|{\"a\":{\"b\":[\"x\",\"y\"]}}|missing closing brackets",
        "{\"a\":1,\"b\":|{\"a\":1}|missing closing brackets",
        "{\"a\":1,\"bro|{\"a\":1}|missing closing brackets",
        "{\"a\":\"1\\|{\"a\":\"1\"}|missing closing brackets",
      })
  void repairs_common_mistakes_and_names_the_repair(String reply, String json, String repair) {
    var result = JsonReply.read(reply);
    assertEquals(json, result.object().map(Object::toString).orElse("nothing"));
    assertTrue(result.repairs().contains(repair), result.repairs()::toString);
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
      })
  void finds_the_wanted_object_among_other_braces(String reply, String json) {
    var found = JsonReply.read(ReplyCleaner.visible(reply.replace('¶', '\n')), "a");
    assertEquals(json, found.object().map(Object::toString).orElse("nothing"));
  }

  @Test
  @Timeout(20)
  void many_incomplete_objects_are_read_in_bounded_time() {
    for (var piece : List.of("{\"a\":", "[{\"", "{\"a\" ", "{\"a\":\"}", "{“", "{}")) {
      var reply = piece.repeat(2_000_000 / piece.length());
      assertTrue(JsonReply.read(ReplyCleaner.visible(reply), "z").repairs().size() < 10);
    }
  }

  @Test
  void repairs_line_breaks_inside_strings() {
    assertEquals("{\"a\":\"1\\n2\"}", read("{\"a\":\"1\n2\"}"));
  }

  @Test
  void braces_inside_strings_do_not_end_the_object() {
    assertEquals("{\"a\":\"}{\"}", read("x {\"a\":\"}{\"} y"));
  }

  @Test
  void ignores_reasoning_even_if_it_contains_json() {
    assertEquals("{\"a\":1}", read("<think>maybe {\"a\":0}?</think>\n```json\n{\"a\":1}\n```"));
    assertEquals("{\"a\":1}", read("maybe {\"a\":0}\n</think>{\"a\":1}"));
    assertEquals("nothing", read("<think>{\"a\":1} and I never stop"));
  }

  @Test
  void two_megabytes_of_brackets_are_no_object() {
    assertEquals("nothing", read("{".repeat(2_000_000)));
    assertEquals("nothing", read("[".repeat(2_000_000)));
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
      assertTrue(cut.object().isEmpty() || cut.object().get().isObject());
    }
  }

  @Test
  void finds_fences_by_language_open_or_closed() {
    var text = "a\n```json\n{}\n```\nb\n~~~html\n<p>`x`</p>";
    assertEquals(
        new CodeFence("html", "<p>`x`</p>\n", false), CodeFence.first(text, "html").orElseThrow());
    assertEquals(new CodeFence("json", "{}\n", true), CodeFence.first(text, "json").orElseThrow());
    assertTrue(CodeFence.first(text, "svg").isEmpty());
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
  void finds_markers_in_every_formatting(String first, String second) {
    var blocks = Blocks.read("Sure!\n" + first + "\nOne.\n\nTwo.\n" + second + "\nThree.", TITLES);
    assertEquals(Map.of("s1-1", "One.\n\nTwo.", "s1-2", "Three."), blocks.texts());
    assertEquals("s1-2", blocks.last());
  }

  @Test
  void splits_replies_without_markers_at_the_planned_headings() {
    var blocks =
        Blocks.read("## How bread rises\nOne.\n\n**Choosing the right flour**\nTwo.", TITLES);
    assertEquals(Map.of("s1-1", "One.", "s1-2", "Two."), blocks.texts());
    assertEquals(List.of("blocks found by their headings"), blocks.repairs());
  }

  @Test
  void a_repeated_block_keeps_its_longer_text_and_is_reported() {
    var blocks =
        Blocks.read("@@s1-1@@\nShort.\n@@s1-1@@\nRather longer.\n@@s9-9@@\nStrange.", TITLES);
    assertEquals(Map.of("s1-1", "Rather longer."), blocks.texts());
    assertEquals(List.of("s1-1"), blocks.repeated());
  }

  @Test
  void joins_texts_at_their_overlap_or_end_to_end() {
    assertEquals(
        "So: the quick brown fox jumps over",
        ContinuationMerger.appended("So: the quick brown fox", ": the quick brown fox jumps over"));
    assertTrue(ContinuationMerger.joined("abc", "bcd").isEmpty());
    assertEquals("abcbcd", ContinuationMerger.appended("abc", "bcd"));
  }

  @Test
  void distinguishes_refusals_from_texts_about_them() {
    assertTrue(ReplyCleaner.refusal("I'm sorry, but I can't help with that."));
    assertFalse(ReplyCleaner.refusal("Moderate and generate are words with rate in them."));
    assertFalse(ReplyCleaner.refusal("I cannot help " + "loving bread. ".repeat(60)));
  }
}
