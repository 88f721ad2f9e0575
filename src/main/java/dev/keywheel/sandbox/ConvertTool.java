package dev.keywheel.sandbox;

import static dev.keywheel.sandbox.ToolFamily.value;

import dev.keywheel.sandbox.ToolBrief.Field;
import dev.keywheel.sandbox.ToolBrief.Output;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One unit into another: lengths, weights, kitchen measures, temperatures. */
final class ConvertTool implements ToolFamily {

  /** A unit's size in the base unit of its quantity, and where its zero lies. */
  private record Unit(double size, double zero) {}

  private record Quantity(
      String name, Map<String, Unit> units, String from, String to, String example) {}

  private static final Quantity LENGTH =
      new Quantity(
          "Length",
          units(
              "millimetre",
              0.001,
              "centimetre",
              0.01,
              "metre",
              1.0,
              "kilometre",
              1000.0,
              "inch",
              0.0254,
              "foot",
              0.3048,
              "yard",
              0.9144,
              "mile",
              1609.344),
          "inch",
          "centimetre",
          "12");
  private static final Quantity WEIGHT =
      new Quantity(
          "Weight",
          units(
              "gram",
              0.001,
              "kilogram",
              1.0,
              "tonne",
              1000.0,
              "ounce",
              0.028349523125,
              "pound",
              0.45359237,
              "stone",
              6.35029318),
          "pound",
          "kilogram",
          "150");
  private static final Quantity VOLUME =
      new Quantity(
          "Kitchen Measure",
          units(
              "millilitre",
              0.001,
              "litre",
              1.0,
              "US teaspoon",
              0.00492892159375,
              "US tablespoon",
              0.01478676478125,
              "US cup",
              0.2365882365,
              "US fluid ounce",
              0.0295735295625,
              "US pint",
              0.473176473,
              "US gallon",
              3.785411784),
          "US cup",
          "millilitre",
          "2");
  private static final Quantity TEMPERATURE =
      new Quantity(
          "Temperature",
          Map.of(
              "kelvin",
              new Unit(1, 0),
              "degree Celsius",
              new Unit(1, 273.15),
              "degree Fahrenheit",
              new Unit(5.0 / 9, 459.67 * 5 / 9)),
          "degree Celsius",
          "degree Fahrenheit",
          "20");
  private static final List<Quantity> QUANTITIES = List.of(LENGTH, WEIGHT, VOLUME, TEMPERATURE);

  @Override
  public String script() {
    return "convert.js";
  }

  @Override
  public String action() {
    return "Convert";
  }

  @Override
  public ToolBrief brief(Subject subject) {
    var quantity = quantityOf(subject);
    var names = quantity.units.keySet().stream().sorted().toList();
    return new ToolBrief(
        quantity.name + " Converter",
        "converter",
        "Turns a value in one unit into another one and shows the rule it uses.",
        List.of(
            Field.number("value", "Value", "", -1_000_000_000, 1_000_000_000, quantity.example),
            Field.choice("from", "From", names, quantity.from),
            Field.choice("to", "To", names, quantity.to)),
        List.of(new Output("result", "Result", ""), new Output("rule", "What one unit makes", "")),
        "The value is turned into the base unit and from there into the other unit, with the units' defined sizes; seven "
            + "significant digits, at most six decimals.",
        List.of());
  }

  @Override
  public Map<String, String> shows(ToolBrief brief, Map<String, String> set) {
    var units = quantityOf(brief).units;
    var from = units.getOrDefault(set.get("from"), new Unit(1, 0));
    var to = units.getOrDefault(set.get("to"), new Unit(1, 0));
    return ToolFamily.results(
        "result",
        Shown.plain(converted(value(set, "value"), from, to)),
        "rule",
        "1 " + set.get("from") + " = " + Shown.plain(converted(1, from, to)) + " " + set.get("to"));
  }

  private static double converted(double value, Unit from, Unit to) {
    return (value * from.size + from.zero - to.zero) / to.size;
  }

  @Override
  public List<Map<String, String>> cases(ToolBrief brief) {
    var quantity = quantityOf(brief);
    return List.of(
        ToolFamily.with(brief, "value", "37.5", "from", quantity.to, "to", quantity.from),
        ToolFamily.with(brief, "value", "0", "from", quantity.from, "to", quantity.from));
  }

  @Override
  public Map.Entry<String, String> wrongDivisor() {
    return Map.entry("- to[1]) / to[0]", "- to[1]) / (2 * to[0])");
  }

  @Override
  public Map<String, String> slots(ToolBrief brief) {
    var units = Json.object();
    quantityOf(brief).units.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(
            unit ->
                units.putArray(unit.getKey()).add(unit.getValue().size).add(unit.getValue().zero));
    return Map.of("units", Json.text(units));
  }

  @Override
  public boolean made(ToolBrief brief) {
    return ToolFamily.super.made(brief)
        && QUANTITIES.stream().anyMatch(q -> q.units.keySet().containsAll(choices(brief)));
  }

  private static Quantity quantityOf(Subject subject) {
    if (subject.mentions("temperature", "celsius", "fahrenheit", "kelvin", "oven")) {
      return TEMPERATURE;
    }
    if (subject.mentions(
        "cup",
        "cups",
        "tablespoon",
        "teaspoon",
        "litre",
        "liter",
        "ml",
        "volume",
        "cooking",
        "baking",
        "kitchen",
        "recipe")) {
      return VOLUME;
    }
    return subject.mentions(
            "weight", "kg", "kilogram", "pound", "pounds", "lbs", "ounce", "gram", "grams", "mass")
        ? WEIGHT
        : LENGTH;
  }

  private static Quantity quantityOf(ToolBrief brief) {
    return QUANTITIES.stream()
        .filter(q -> q.units.keySet().containsAll(choices(brief)))
        .findFirst()
        .orElse(LENGTH);
  }

  private static List<String> choices(ToolBrief brief) {
    return brief.inputs().stream().flatMap(field -> field.choices().stream()).toList();
  }

  private static Map<String, Unit> units(Object... namesAndSizes) {
    var units = new LinkedHashMap<String, Unit>();
    for (var i = 0; i < namesAndSizes.length; i += 2) {
      units.put((String) namesAndSizes[i], new Unit((double) namesAndSizes[i + 1], 0));
    }
    return units;
  }
}
