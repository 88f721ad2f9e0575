package dev.keywheel.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What is written for a request: the operation's text or picture, with the faults of the key worked
 * in.
 */
final class Content {

  private static final Pattern DOCUMENT = Pattern.compile("(?is)<!doctype html.*?</html>");

  /**
   * So many last characters of a cut answer are looked for; fewer could stand in several places.
   */
  private static final int TAIL = 200;

  private final long seed;

  Content(long seed) {
    this.seed = seed;
  }

  String text(KeyText key, ChatCall call) {
    if (call.reasked()) {
      return sound(call);
    }
    var text =
        switch (key.behaviour()) {
          case "refuse" -> "I'm sorry, but I can't help with that request.";
          case "badjson" -> badJson(key, call);
          case "repeat", "drift" -> spoiledSections(key, call);
          case "hostile", "toolbug" -> spoiledTool(key, call);
          default -> sound(call);
        };
    return rest(call, text);
  }

  Cover.Picture picture(KeyText key, ChatCall call) {
    var subject = Asked.subject(call);
    return switch (key.behaviour() + key.argument()) {
      case "badimage" -> Cover.broken();
      case "badimageflat" -> Cover.flat();
      case "badimagesvg" -> Cover.svgWithScript();
      default -> new Cover(subject, Hash.of(seed, call.lastUser())).painted();
    };
  }

  /** The part of a text after the end of an answer that was cut. */
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

  private String sound(ChatCall call) {
    return switch (call.operation()) {
      case PLAN -> Json.pretty(new PlanText(Asked.subject(call), seed).plan(call.task()));
      case TOOL -> fenced("html", ToolPage.html(brief(call), "en", seed));
      case VALIDATION -> validation(call);
      case GUIDE -> new GuideText(call).text();
      case SECTION_1 -> new SectionText(call, 1, seed).text();
      case SECTION_2 -> new SectionText(call, 2, seed).text();
      case FAQ -> Json.pretty(new FaqText(Asked.subject(call), seed).answers(call));
      case IMAGE, OTHER, ACCOUNT ->
          "Ready. This is the sandbox: it answers the operations of a page and little else.";
    };
  }

  private static ToolBrief brief(ChatCall call) {
    return Json.objectsIn(call.task().substring(call.system().length())).stream()
        .map(ToolBrief::read)
        .flatMap(Optional::stream)
        .findFirst()
        .orElseGet(() -> Genre.of(Asked.subject(call)).tool().tested(Asked.subject(call)));
  }

  private String validation(ChatCall call) {
    var brief = brief(call);
    var sound = ToolPage.html(brief, "en", seed);
    if (call.lastUser().contains("only the ```html")) {
      return fenced("html", sound);
    }
    var found =
        DOCUMENT
            .matcher(call.task())
            .results()
            .map(r -> r.group())
            .reduce((first, second) -> second);
    return new ValidationText(brief, sound, found.orElse("")).text(call);
  }

  private String spoiledTool(KeyText key, ChatCall call) {
    var brief = brief(call);
    var family = ToolFamily.of(brief).orElseGet(FallbackTool::new);
    var sound = ToolPage.html(brief, "en", seed);
    if (call.operation() == Operation.VALIDATION && key.behaviour().equals("hostile")) {
      return fenced("json", "{\"verdict\":\"pass\",\"issues\":[],\"checks\":[]}");
    }
    if (call.operation() != Operation.TOOL) {
      return sound(call);
    }
    return fenced(
        "html",
        key.behaviour().equals("hostile")
            ? HostileTool.of(sound)
            : ToolFault.named(key.argument()).plant(sound, family));
  }

  private String spoiledSections(KeyText key, ChatCall call) {
    var sections =
        switch (call.operation()) {
          case SECTION_1 -> Optional.of(new SectionText(call, 1, seed));
          case SECTION_2 -> Optional.of(new SectionText(call, 2, seed));
          default -> Optional.<SectionText>empty();
        };
    if (sections.isEmpty()) {
      return sound(call);
    }
    return key.behaviour().equals("drift") ? sections.get().drifted() : sections.get().repeating();
  }

  /**
   * JSON as careless models write it: in prose, in a fence, with a comma too many; or not to be
   * read at all.
   */
  private String badJson(KeyText key, ChatCall call) {
    var sound = sound(call);
    Optional<JsonNode> json = Json.read(sound.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    if (json.isEmpty()) {
      return sound;
    }
    if (key.argument().equals("hard")) {
      return "Here is what I came up with:\n\n"
          + sound.replace("\"", "").replace("{", "(").replace("}", ")");
    }
    var end = sound.lastIndexOf('}');
    return "Here is the JSON you asked for:\n\n```json\n"
        + sound.substring(0, end).stripTrailing()
        + ",\n}\n```\n";
  }

  static String fenced(String language, String body) {
    return "```" + language + "\n" + body.strip() + "\n```";
  }
}
