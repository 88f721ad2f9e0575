package dev.keywheel.sandbox;

import static dev.keywheel.sandbox.ToolFamily.value;

import dev.keywheel.sandbox.ToolBrief.Expect;
import dev.keywheel.sandbox.ToolBrief.Field;
import dev.keywheel.sandbox.ToolBrief.Output;
import java.util.List;
import java.util.Map;

/** Draws a password and rates its strength. */
final class PasswordTool implements ToolFamily {

  private static final String LETTERS = "letters";
  private static final String DIGITS = "letters and digits";
  private static final String SYMBOLS = "letters, digits and symbols";
  private static final Map<String, Integer> SIZES = Map.of(LETTERS, 52, DIGITS, 62, SYMBOLS, 76);
  private static final Map<String, String> CLASSES =
      Map.of(LETTERS, "[A-Za-z]", DIGITS, "[A-Za-z0-9]", SYMBOLS, "[A-Za-z0-9!#$%*+=?@^_~:-]");

  @Override
  public String script() {
    return "password.js";
  }

  @Override
  public String action() {
    return "Generate";
  }

  @Override
  public ToolBrief brief(Subject subject) {
    return new ToolBrief(
        "Password Generator",
        "generator",
        "Draws a random password in your browser and says how hard it is to guess.",
        List.of(
            Field.number("length", "Length", "characters", 6, 64, "16"),
            Field.choice("signs", "Made of", List.of(LETTERS, DIGITS, SYMBOLS), DIGITS)),
        List.of(
            new Output("password", "Password", ""),
            new Output("bits", "Strength", "bits"),
            new Output("verdict", "Verdict", "")),
        "Each character is drawn with equal chance from 52 letters, 62 letters and digits, or 76 characters with symbols. "
            + "Bits = length × log2(size of the alphabet), one decimal. Under 50 weak, under 80 good, else strong.",
        List.of());
  }

  /** The password itself cannot be foretold: it is left out. */
  @Override
  public Map<String, String> shows(ToolBrief brief, Map<String, String> set) {
    var size = SIZES.getOrDefault(set.getOrDefault("signs", DIGITS), 62);
    var bits = Math.round(value(set, "length")) * (Math.log(size) / Math.log(2));
    return ToolFamily.results(
        "bits",
        Shown.number(bits, 1),
        "verdict",
        bits < 50 ? "weak" : bits < 80 ? "good" : "strong");
  }

  @Override
  public ToolBrief.Test test(ToolBrief brief, Map<String, String> set) {
    var known = ToolFamily.super.test(brief, set);
    var form = "^" + CLASSES.get(set.get("signs")) + "{" + set.get("length") + "}$";
    var expected = new java.util.ArrayList<>(known.expect());
    expected.addFirst(new Expect("password", null, null, form));
    return new ToolBrief.Test(set, expected);
  }

  @Override
  public List<Map<String, String>> cases(ToolBrief brief) {
    return List.of(
        ToolFamily.with(brief, "length", "24", "signs", SYMBOLS),
        ToolFamily.with(brief, "length", "8", "signs", LETTERS));
  }

  @Override
  public Map.Entry<String, String> wrongDivisor() {
    return Map.entry("Math.log2(alphabet.length)", "Math.log(alphabet.length)");
  }
}
