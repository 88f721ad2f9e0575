package dev.keywheel.sandbox.content;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keywheel.sandbox.base.SandboxJson;
import dev.keywheel.sandbox.base.SandboxOperation;
import dev.keywheel.sandbox.faults.ToolFault;
import dev.keywheel.sandbox.server.Caller;
import dev.keywheel.sandbox.server.Sandbox;
import dev.keywheel.sandbox.server.SandboxOptions;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** The sandbox answers what the request of an operation asks for, or shows the fault of its key. */
class SandboxRepliesTest {
  @AutoClose private static final Sandbox sandbox = Sandbox.start(SandboxOptions.instant());
  private static final Caller caller = new Caller(sandbox);

  @Test
  void only_requested_blocks_are_rewritten() {
    var plan = caller.plan("home coffee brewing");
    var body = Caller.operationBody(SandboxOperation.SECTION_1, Caller.sectionRequest(plan, 1));
    var whole = caller.chat(Caller.KEY, body).content();
    Caller.addMessage(body, "assistant", whole.substring(0, 2000));
    Caller.addMessage(
        body,
        "user",
        "Your reply was cut. Write only the blocks that are missing or too short: @@s1-3@@, @@s1-4@@");
    var rest = caller.chat(Caller.KEY, body).content();
    assertThat(WrittenText.markers(rest)).containsExactly("s1-3", "s1-4");
    assertThat(whole).contains(rest);
  }

  @Test
  void an_instruction_of_the_editor_shortens_the_text() {
    var plan = caller.plan("home coffee brewing");
    var withoutInstruction =
        Caller.operationBody(SandboxOperation.SECTION_1, Caller.sectionRequest(plan, 1));
    var withInstruction =
        Caller.operationBody(SandboxOperation.SECTION_1, Caller.sectionRequest(plan, 1));
    var system = (com.fasterxml.jackson.databind.node.ObjectNode) withInstruction.at("/messages/0");
    system.put(
        "content",
        system.path("content").asText() + "\nEditor's instruction: <<<shorter, please>>>");
    var plain = caller.chat(Caller.KEY, withoutInstruction).content();
    var shorter = caller.chat(Caller.KEY, withInstruction).content();
    assertThat(WrittenText.markers(shorter)).isEqualTo(WrittenText.markers(plain));
    assertThat(WrittenText.words(shorter).size())
        .isLessThan(WrittenText.words(plain).size() * 80 / 100);
  }

  @Test
  void blocks_with_unknown_headings_get_a_text() {
    var request =
        "Main keyword: <<<beekeeping>>>\nBlocks to write:\n@@s1-1@@ <<<The life of a hive>>> about 250 words\n"
            + "- who does what\n- the queen's role\n@@s1-2@@ <<<Equipment>>> about 250 words\n- a smoker";
    var text = caller.operation(Caller.KEY, SandboxOperation.SECTION_1, request).content();
    assertThat(WrittenText.markers(text)).containsExactly("s1-1", "s1-2");
    assertThat(text).contains("Who does what").contains("A smoker").contains("beekeeping");
    assertThat(WrittenText.words(text).size()).isBetween(360, 640);
  }

  @Test
  void questions_are_answered_by_id() {
    var plan = caller.plan("mortgage repayment");
    var request =
        new StringBuilder("Page: <<<" + plan.path("title").asText() + ">>>\nQuestions:\n");
    IntStream.range(0, plan.path("faq").size())
        .forEach(
            i ->
                request.append(
                    "q" + (i + 1) + ": <<<" + plan.path("faq").get(i).asText() + ">>>\n"));
    var body = Caller.operationBody(SandboxOperation.FAQ, request.toString());
    var items = caller.chat(Caller.KEY, body).contentJson().path("items");
    assertThat(items.findValuesAsText("id")).containsExactly("q1", "q2", "q3", "q4", "q5", "q6");
    items.forEach(
        item ->
            assertThat(WrittenText.words(item.path("answer").asText()).size()).isBetween(40, 110));
    Caller.addMessage(body, "assistant", "{}");
    Caller.addMessage(
        body, "user", "Your reply cannot be used: 1) q4 is missing. Send only these: q4");
    assertThat(caller.chat(Caller.KEY, body).contentJson().path("items").findValuesAsText("id"))
        .containsExactly("q4");
  }

  @Test
  void a_guide_uses_the_labels_and_the_given_example() {
    var request =
        "The tool: <<<Loan Payment Calculator>>>\nWhat it is for: <<<Works out the payment.>>>\nFields:\n"
            + "- <<<Amount borrowed>>>\n- <<<Interest rate per year>>>\n- <<<Years to repay>>>\nButton: <<<Calculate>>>\n"
            + "Results:\n- <<<Monthly payment>>>\n- <<<Total repaid>>>\nWords in the tool: <<<x>>>\n"
            + "Example (seen in the tool): <<<Amount borrowed = 20000; Interest rate per year = 6; Years to repay = 5 → "
            + "Monthly payment = 386.66; Total repaid = 23,199.36>>>";
    var text = caller.operation(Caller.KEY, SandboxOperation.GUIDE, request).content();
    assertThat(WrittenText.markers(text))
        .containsExactly("intro", "what", "steps", "example", "limits");
    assertThat(WrittenText.words(text).size()).isGreaterThan(200);
    var steps = text.substring(text.indexOf("@@steps@@"), text.indexOf("@@example@@"));
    assertThat(steps)
        .contains(
            "**Amount borrowed**",
            "**Interest rate per year**",
            "**Years to repay**",
            "**Calculate**");
    var example = text.substring(text.indexOf("@@example@@"), text.indexOf("@@limits@@"));
    assertThat(Pattern.compile("[\\d.,]*\\d").matcher(example).results().map(r -> r.group()))
        .containsExactly("20000", "6", "5", "386.66", "23,199.36");
  }

  @Test
  void the_reviewer_passes_a_sound_tool_and_fixes_each_planted_fault() {
    var brief = caller.plan("mortgage").path("tool");
    for (var fault : ToolFault.values()) {
      var build = "The tool to build: <<<" + SandboxJson.text(brief) + ">>>";
      var spoiled =
          caller
              .operation("sk-or-demo-toolbug-" + fault.code() + "-30", SandboxOperation.TOOL, build)
              .content();
      var sound = caller.operation(Caller.KEY, SandboxOperation.TOOL, build).content();
      assertThat(spoiled).isNotEqualTo(sound);
      var review = review(brief, spoiled);
      assertThat(review)
          .contains("\"fixed\"")
          .contains(fault.problem())
          .contains(unfenced(sound).strip());
      assertThat(review(brief, sound)).contains("\"pass\"").doesNotContain("```html");
    }
  }

  private static String review(JsonNode brief, String tool) {
    var request =
        "Brief: <<<"
            + SandboxJson.text(brief)
            + ">>>\nFindings:\nnone\nThe tool:\n<<<\n"
            + unfenced(tool)
            + "\n>>>";
    return caller.operation(Caller.KEY, SandboxOperation.VALIDATION, request).content();
  }

  @Test
  void faulty_keys_return_faulty_content() {
    var request = Caller.planRequest("green tea");
    assertThat(caller.operation("sk-or-demo-badjson-13", SandboxOperation.PLAN, request).content())
        .contains("```json", ",\n}");
    var hard = Caller.operationBody(SandboxOperation.PLAN, request);
    var unusable = caller.chat("sk-or-demo-badjson-hard-13", hard).content();
    assertThat(unusable).doesNotContain("{");
    Caller.addMessage(hard, "assistant", unusable);
    Caller.addMessage(hard, "user", "Your reply cannot be used: 1) It holds no JSON.");
    assertThat(caller.chat("sk-or-demo-badjson-hard-13", hard).contentJson().path("title").asText())
        .isNotBlank();

    var plan = caller.plan("green tea");
    var drifted =
        caller
            .operation(
                "sk-or-demo-drift-24", SandboxOperation.SECTION_1, Caller.sectionRequest(plan, 1))
            .content();
    assertThat(WrittenText.markers(drifted)).containsExactly("s1-2", "s1-3");
    var repeated =
        caller
            .operation(
                "sk-or-demo-repeat-23", SandboxOperation.SECTION_2, Caller.sectionRequest(plan, 2))
            .content();
    assertThat(WrittenText.containment(repeated, String.join("\n", caller.section(plan, 1))))
        .isGreaterThan(0.5);
    var tool =
        "The tool to build: <<<" + SandboxJson.text(caller.plan("loan").path("tool")) + ">>>";
    assertThat(caller.operation("sk-or-demo-hostile-22", SandboxOperation.TOOL, tool).content())
        .contains("collector.example");
  }

  private static String unfenced(String text) {
    return text.replaceFirst("^```html\n", "").replaceFirst("\n```$", "");
  }
}
