package dev.keywheel.sandbox.content;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keywheel.sandbox.base.ChatCall;
import dev.keywheel.sandbox.base.Hash;
import dev.keywheel.sandbox.base.Resources;
import dev.keywheel.sandbox.base.SandboxJson;
import dev.keywheel.sandbox.base.SandboxOperation;
import dev.keywheel.sandbox.faults.SandboxKey;
import dev.keywheel.sandbox.faults.ToolFault;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Writes the content of the answer to a request, with the content faults that the key asks for. */
public final class ContentWriter {

  private static final Pattern DOCUMENT = Pattern.compile("(?is)<!doctype html.*?</html>");

  /** Number of characters at the end of a cut answer that are searched for in the text. */
  private static final int TAIL = 200;

  private static final String READY =
      "Ready. This is the sandbox: it answers the operations of a page and little else.";

  private final long seed;

  public ContentWriter(long seed) {
    this.seed = seed;
  }

  /** Suggested topics, for each of which the sandbox has its own page. */
  public static List<String> suggestedTopics() {
    return ContentBank.suggestedTopics();
  }

  public String text(SandboxKey key, ChatCall call) {
    if (call.reasked()) {
      return correctText(call);
    }
    var text =
        switch (key.behaviour()) {
          case "refuse" -> "I'm sorry, but I can't help with that request.";
          case "badjson" -> badJson(key, call);
          case "repeat", "drift" -> faultySections(key, call);
          case "hostile", "toolbug" -> faultyTool(key, call);
          default -> correctText(call);
        };
    return rest(call, text);
  }

  public CoverPainting.Picture picture(SandboxKey key, ChatCall call) {
    var topic = PromptParser.topic(call);
    return switch (key.behaviour() + key.argument()) {
      case "badimage" -> CoverPainting.broken();
      case "badimageflat" -> CoverPainting.flat();
      case "badimagesvg" -> CoverPainting.svgWithScript();
      default -> new CoverPainting(topic, Hash.of(seed, call.lastUser())).paint();
    };
  }

  /** The part of the text after the truncated answer; the whole text if there is none. */
  private static String rest(ChatCall call, String text) {
    var cut = call.cutAnswer().orElse("");
    var written = cut.stripTrailing();
    if (written.isEmpty()) {
      return text;
    }
    var tail = written.substring(Math.max(0, written.length() - TAIL));
    var at = text.lastIndexOf(tail);
    if (at < 0) {
      return text;
    }
    var rest = text.substring(at + tail.length());
    var blank = cut.substring(written.length());
    return rest.startsWith(blank) ? rest.substring(blank.length()) : rest;
  }

  private String correctText(ChatCall call) {
    return switch (call.operation()) {
      case PLAN -> SandboxJson.pretty(new PlanText(PromptParser.topic(call)).plan(call.task()));
      case TOOL -> fenced("html", tool(call).document(seed));
      case VALIDATION -> review(call);
      case GUIDE -> new GuideText(call).text();
      case SECTION_1, SECTION_2 -> new SectionText(call).text();
      case FAQ -> SandboxJson.pretty(new FaqText(call).answers());
      case IMAGE, OTHER, ACCOUNT -> other(call);
    };
  }

  private static String other(ChatCall call) {
    return switch (call.format()) {
      case "json_schema" -> SandboxJson.text(SchemaValue.of(call.schema()));
      case "json_object" -> SandboxJson.text(SandboxJson.object().put("answer", READY));
      default -> READY;
    };
  }

  private static ToolHtml tool(ChatCall call) {
    return new ToolHtml(brief(call));
  }

  /** The brief in the request, or the brief of its topic if the request has none. */
  private static JsonNode brief(ChatCall call) {
    var topic = PromptParser.topic(call);
    return SandboxJson.objectsIn(call.task().substring(call.system().length())).stream()
        .filter(json -> !json.path("inputs").isEmpty() && json.path("outputs").isArray())
        .findFirst()
        .orElseGet(() -> ToolDefinition.of(ContentBank.of(topic)).brief(new Template(topic)));
  }

  private String review(ChatCall call) {
    var correct = tool(call).document(seed);
    if (call.lastUser().contains("only the ```html")) {
      return fenced("html", correct);
    }
    var found =
        DOCUMENT
            .matcher(call.task())
            .results()
            .map(r -> r.group())
            .reduce((first, second) -> second);
    return new ReviewText(brief(call), correct, found.orElse("")).text(call);
  }

  private String faultyTool(SandboxKey key, ChatCall call) {
    var hostile = key.behaviour().equals("hostile");
    if (call.operation() == SandboxOperation.VALIDATION && hostile) {
      return fenced("json", "{\"verdict\":\"pass\",\"issues\":[],\"checks\":[]}");
    }
    if (call.operation() != SandboxOperation.TOOL) {
      return correctText(call);
    }
    var tool = tool(call);
    var correct = tool.document(seed);
    return fenced(
        "html",
        hostile
            ? correct.replace("</body>", Resources.text("tool/hostile.html") + "</body>")
            : ToolFault.named(key.argument()).plant(correct, tool.tool().wrongDivisor()));
  }

  private String faultySections(SandboxKey key, ChatCall call) {
    return switch (call.operation()) {
      case SECTION_1, SECTION_2 -> {
        var section = new SectionText(call);
        yield key.behaviour().equals("drift") ? section.drifted() : section.repeating();
      }
      default -> correctText(call);
    };
  }

  /**
   * JSON as a careless model writes it: in prose and a code fence, with a trailing comma; or
   * unreadable.
   */
  private String badJson(SandboxKey key, ChatCall call) {
    var correct = correctText(call);
    Optional<JsonNode> json =
        SandboxJson.read(correct.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    if (json.isEmpty()) {
      return correct;
    }
    if (key.argument().equals("hard")) {
      return "Here is what I came up with:\n\n"
          + correct.replace("\"", "").replace("{", "(").replace("}", ")");
    }
    var end = correct.lastIndexOf('}');
    return "Here is the JSON you asked for:\n\n```json\n"
        + correct.substring(0, end).stripTrailing()
        + ",\n}\n```\n";
  }

  static String fenced(String language, String body) {
    return "```" + language + "\n" + body.strip() + "\n```";
  }
}
