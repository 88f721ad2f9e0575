package dev.keywheel.article.tool.judge;

import dev.keywheel.article.plan.ToolBrief;
import dev.keywheel.article.plan.ToolBrief.Expect;
import dev.keywheel.article.plan.ToolBrief.ToolTest;
import dev.keywheel.article.tool.Manifest.Control;
import dev.keywheel.article.tool.ManifestReader;
import dev.keywheel.article.tool.ToolDocument;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jsoup.Jsoup;

/**
 * Maps test cases to the ids of a tool. An id that the tool does not use is matched by its label,
 * so that the field "Bill amount" is found under any id.
 */
public final class TestCaseMapper {
  private final ToolBrief brief;
  private final Set<String> present;
  private final List<Control> inputs;
  private final List<Control> outputs;

  public TestCaseMapper(ToolBrief brief, ToolDocument tool) {
    this.brief = brief;
    var page = Jsoup.parse(tool.html());
    var shown = ManifestReader.derived(page, brief);
    this.present = new LinkedHashSet<>(page.getAllElements().eachAttr("id"));
    present.addAll(page.select("input[type=radio]").eachAttr("name"));
    this.inputs = union(tool.manifest().inputs(), shown.inputs());
    this.outputs = union(tool.manifest().outputs(), shown.outputs());
  }

  private static List<Control> union(List<Control> named, List<Control> shown) {
    var all = new LinkedHashMap<String, Control>();
    Stream.concat(named.stream(), shown.stream()).forEach(c -> all.putIfAbsent(c.id(), c));
    return List.copyOf(all.values());
  }

  /** The same case with the tool's ids; an id without a match stays. */
  public ToolTest fitted(ToolTest test) {
    var set = new LinkedHashMap<String, String>();
    test.set().forEach((id, value) -> set.putIfAbsent(input(id).orElse(id), value));
    var expect =
        test.expect().stream()
            .map(
                e ->
                    new Expect(
                        output(e.output()).orElse(e.output()),
                        e.number(),
                        e.tolerance(),
                        e.contains(),
                        e.matches()))
            .toList();
    return new ToolTest(set, expect);
  }

  /**
   * The error for the model if no test case of the plan can run because the document lacks ids;
   * otherwise empty.
   */
  public Optional<String> unusableIds() {
    if (brief.tests().isEmpty() || brief.tests().stream().anyMatch(this::comparable)) {
      return Optional.empty();
    }
    var missing =
        Stream.concat(
                brief.inputs().stream().map(ToolBrief.Input::id).filter(i -> input(i).isEmpty()),
                brief.outputs().stream().map(ToolBrief.Output::id).filter(o -> output(o).isEmpty()))
            .collect(Collectors.joining(", "));
    return missing.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "No test case of the brief can be tried, because these ids of the brief are not in the document: "
                + missing
                + ".");
  }

  private boolean comparable(ToolTest test) {
    return test.set().keySet().stream().allMatch(id -> input(id).isPresent())
        && test.expect().stream().anyMatch(e -> output(e.output()).isPresent());
  }

  private Optional<String> input(String id) {
    var planned =
        brief.inputs().stream()
            .filter(i -> i.id().equals(id))
            .map(ToolBrief.Input::label)
            .findFirst();
    return found(id, planned.orElse(id), inputs);
  }

  private Optional<String> output(String id) {
    var planned =
        brief.outputs().stream()
            .filter(o -> o.id().equals(id))
            .map(ToolBrief.Output::label)
            .findFirst();
    return found(id, planned.orElse(id), outputs);
  }

  private Optional<String> found(String id, String label, List<Control> among) {
    if (present.contains(id)) {
      return Optional.of(id);
    }
    return only(among.stream().filter(c -> sameName(c.label(), label)).toList())
        .or(() -> only(among.stream().filter(c -> sameName(c.id(), id)).toList()));
  }

  /** The id of the only control, unless the plan uses it for another field; otherwise empty. */
  private Optional<String> only(List<Control> controls) {
    return controls.size() == 1 && !planned(controls.getFirst().id())
        ? Optional.of(controls.getFirst().id())
        : Optional.empty();
  }

  private boolean planned(String id) {
    return brief.inputs().stream().anyMatch(i -> i.id().equals(id))
        || brief.outputs().stream().anyMatch(o -> o.id().equals(id));
  }

  /** Compares labels or ids, ignoring units in brackets, punctuation and letter case. */
  private static boolean sameName(String a, String b) {
    return !plain(a).isEmpty() && plain(a).equals(plain(b));
  }

  private static String plain(String text) {
    var bare = text.replaceAll("\\(.{0,80}?\\)|\\[.{0,80}?\\]", "");
    return (letters(bare).isEmpty() ? letters(text) : letters(bare));
  }

  private static String letters(String text) {
    return text.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N}]+", "");
  }
}
