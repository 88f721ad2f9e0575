package dev.keywheel.sandbox;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The guide of a tool, in the tool's own labels and with the example that was given. */
final class GuideText {

  private static final Pattern ITEM =
      Pattern.compile("(?m)^\\s*[-*]\\s*(?:<<<)?(.+?)(?:>>>)?\\s*$");
  private static final Pattern SIDES = Pattern.compile("\\s*(?:→|->|=>)\\s*");

  private final ChatCall call;
  private final String name;
  private final String purpose;
  private final List<String> fields;
  private final List<String> results;
  private final String button;

  GuideText(ChatCall call) {
    this.call = call;
    var user = call.task().substring(call.system().length());
    this.name = Asked.data(user, "The tool").or(() -> Asked.data(user, "Tool")).orElse("tool");
    this.purpose =
        Asked.data(user, "What it is for")
            .or(() -> Asked.data(user, "Purpose"))
            .orElse("It answers one question quickly.")
            .replaceFirst("\\s*Wish of the editor:[\\s\\S]*$", "");
    this.fields = items(user, "Fields:", "Button");
    this.results = items(user, "Results:", "Words that stand");
    this.button = Asked.data(user, "Button").orElse("");
  }

  String text() {
    var blocks = new LinkedHashMap<String, String>();
    blocks.put("intro", intro());
    blocks.put("what", what());
    blocks.put("steps", steps());
    blocks.put("example", example());
    blocks.put("limits", limits());
    var wanted =
        call.messages().size() > 2
            ? Asked.blocks(call.lastUser()).stream().map(Asked.Block::id).toList()
            : List.<String>of();
    return blocks.entrySet().stream()
        .filter(block -> wanted.isEmpty() || wanted.contains(block.getKey()))
        .map(block -> "@@" + block.getKey() + "@@\n" + block.getValue())
        .collect(Collectors.joining("\n\n"));
  }

  private String intro() {
    return "The "
        + name
        + " answers one question in a few seconds, without an account and without sending anything anywhere. "
        + "You fill in what you know, press one button and read the result. Change one value at a time and it also shows what "
        + "really makes a difference, which is often something other than expected.";
  }

  private String what() {
    return told(sentence(purpose))
        + " To do so it needs "
        + listed(fields)
        + ". From these it works out "
        + listed(results)
        + ". All of it happens on this page, in your browser, as soon as the button is pressed.\n\n"
        + "The fields already contain an example, so you can see a result before you have typed anything. Replace the values "
        + "by your own, one after the other. Whatever is missing or impossible is named in a sentence below the button, and no "
        + "result is shown until it is put right. That way a slip of the keyboard cannot pass for an answer.";
  }

  private String steps() {
    var steps = new ArrayList<String>();
    for (var i = 0; i < fields.size(); i++) {
      steps.add(step(fields.get(i), i));
    }
    steps.add(button.isEmpty() ? "Start the tool with its button." : "Press **" + button + "**.");
    if (!results.isEmpty()) {
      steps.add(
          "Read **"
              + results.getFirst()
              + "** first"
              + (results.size() > 1 ? ", then " + boldList(results.subList(1, results.size())) : "")
              + ".");
    }
    var text = new StringBuilder();
    for (var i = 0; i < steps.size(); i++) {
      text.append(i + 1).append(". ").append(steps.get(i)).append('\n');
    }
    return text.toString().strip();
  }

  private static String step(String field, int index) {
    return switch (index) {
      case 0 -> "Begin with **" + field + "** and enter your own value.";
      case 1 -> "Go on to **" + field + "**; the example shows the form it takes.";
      case 2 -> "Set **" + field + "** as it is in your case.";
      case 3 -> "Fill in **" + field + "** as well.";
      default -> "Then comes **" + field + "**.";
    };
  }

  private String example() {
    var user = call.task().substring(call.system().length());
    var given = Asked.data(user, "Example").orElse("");
    var sides = SIDES.split(given, 2);
    var inputs = pairs(sides[0]);
    var shown = sides.length > 1 ? pairs(sides[1]) : Map.<String, String>of();
    if (inputs.isEmpty() || shown.isEmpty()) {
      return "Leave the fields as they are when the page opens and press the button: the result belongs to exactly these values. "
          + "Then change a single field and press it again, and compare both results.";
    }
    var set =
        inputs.entrySet().stream()
            .map(e -> e.getKey() + " is " + value(e.getValue()))
            .collect(Collectors.joining(", "));
    var results =
        shown.entrySet().stream()
            .map(e -> e.getKey() + ": " + value(e.getValue()))
            .collect(Collectors.joining("; "));
    return "Suppose that "
        + decapitalised(set)
        + ". After the button has been pressed the tool shows this result: "
        + results
        + ". Change one of the inputs and press the button again to see how strongly the result reacts to it.";
  }

  private static String value(String value) {
    return value.contains(" ") ? "“" + value.replace("“", "").replace("”", "") + "”" : value;
  }

  private String limits() {
    return "The result is as good as the values that go into it. Do not rely on it where a contract, a law or a doctor has the "
        + "last word, or where a mistake could not be undone. Rules, prices and habits differ from place to place and change "
        + "with time, and the tool knows none of them. Take it as a well-founded first answer, and check anything important "
        + "with somebody who knows your case.";
  }

  private static List<String> items(String text, String from, String to) {
    var start = text.indexOf(from);
    if (start < 0) {
      return List.of();
    }
    var end = text.indexOf("\n" + to, start);
    return ITEM.matcher(end < 0 ? text.substring(start) : text.substring(start, end))
        .results()
        .map(item -> item.group(1).strip())
        .toList();
  }

  /** {@code label = value; label = value}, in order. */
  private static Map<String, String> pairs(String side) {
    var pairs = new LinkedHashMap<String, String>();
    for (var pair : side.split(";\\s+(?=[^;=]+ = )")) {
      var halves = pair.split(" = ", 2);
      if (halves.length == 2) {
        pairs.put(halves[0].strip(), halves[1].strip());
      }
    }
    return pairs;
  }

  private static String listed(List<String> labels) {
    if (labels.isEmpty()) {
      return "a few values";
    }
    var quoted = labels.stream().map(l -> "“" + l + "”").toList();
    return quoted.size() == 1
        ? quoted.getFirst()
        : String.join(", ", quoted.subList(0, quoted.size() - 1)) + " and " + quoted.getLast();
  }

  private static String boldList(List<String> labels) {
    return labels.stream().map(l -> "**" + l + "**").collect(Collectors.joining(" and "));
  }

  /** "Works out the payment." becomes "It works out the payment." */
  private static String told(String purpose) {
    return purpose.matches("[A-Z][a-z]+s .*") ? "It " + decapitalised(purpose) : purpose;
  }

  private static String sentence(String text) {
    var stripped = text.strip();
    return stripped.matches(".*[.!?]$") ? stripped : stripped + ".";
  }

  private static String decapitalised(String text) {
    return text.length() > 1 && Character.isLowerCase(text.charAt(1))
        ? text.substring(0, 1).toLowerCase(java.util.Locale.ROOT) + text.substring(1)
        : text;
  }
}
