package dev.keywheel.article.operation.conversation;

import dev.keywheel.article.operation.plan.MetaOperation;
import dev.keywheel.article.plan.ArticleRequest;
import dev.keywheel.article.plan.Length;
import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.tool.ToolDocument;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A page about tea with its plan and its tool, for tests of the operations. */
public final class TeaForTwo {
  public static final ArticleRequest ARTICLE_REQUEST =
      new ArticleRequest(
          "Tea for two",
          "en",
          "night nurses",
          "dry wit",
          Length.SHORT,
          List.of("oolong", "kettle"),
          "mention the cat",
          true);

  public static final String PLAN =
      """
      {"title":"Tea for Two, Measured and Timed","meta_description":"%s","primary_keyword":"tea for two","keywords":["tea","kettle","leaves"],
       "summary":"What two people need for tea that tastes of something, and how long it has to stand before it is poured.",
       "section_1":{"title":"How it works","headings":[{"text":"What the leaves give","points":["tannins and time","water that is too hot"],"words":60},
         {"text":"Choosing a pot","points":["size for two cups","clay against glass"],"words":60}]},
       "section_2":{"title":"Choices and mistakes","headings":[{"text":"When the kettle is old","points":["scale in the spout","what vinegar does"],"words":60},
         {"text":"Guests who come late","points":["keeping it warm","a second infusion"],"words":60}]},
       "faq":["How long does it stand","Which cup is best?","May I reheat it?","Is milk first or last?"],
       "tool":{"name":"Leaf scale","kind":"calculator","purpose":"Says how many grams","inputs":[{"id":"cups","label":"Cups to fill","type":"number","example":"2"}],
         "outputs":[{"id":"grams","label":"Grams of leaves"}],"rule":"grams = cups * 2.5","tests":[{"set":{"cups":"2"},"expect":[{"output":"grams","number":5}]},{"set":{"cups":"4"},"expect":[{"output":"grams","number":10}]}]},
       "image":{"prompt":"A steaming pot on a ward table","alt":"A pot of tea"}}"""
          .formatted(
              "Two people, one pot: how many grams of leaves, how hot the water, and how many minutes, with a small scale that does the sum for you at once.");

  /** The test cases of a reviewer, as a field of the verdict. */
  static final String CHECKS =
      "\"checks\":[{\"set\":{\"cups\":\"3\"},\"expect\":[{\"output\":\"grams\",\"number\":7.5}]}]";

  static final String TOOL =
      """
      <!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Leaf scale</title></head>
      <body><h1>Leaf scale</h1><form id="tool-form"><label for="cups">Cups to fill</label><input id="cups" type="number">
      <button id="tool-run">Weigh them</button></form><p id="tool-message" role="status"></p><output id="grams" aria-live="polite"></output>
      <script>document.getElementById("tool-form").addEventListener("submit",e=>{e.preventDefault();document.getElementById("grams").textContent=document.getElementById("cups").value*2.5})</script></body></html>""";

  public static PagePlan plan() {
    return planOf(PLAN);
  }

  public static PagePlan planOf(String json) {
    return Objects.requireNonNull(new MetaOperation(ARTICLE_REQUEST).read(json, false).value());
  }

  public static ToolDocument tool() {
    return ToolDocument.of(TOOL, plan().tool(), "en");
  }

  /** This number of words, in which no sequence of eight words occurs twice. */
  public static String filler(int words) {
    return IntStream.range(0, words)
            .mapToObj(
                i ->
                    "word"
                        + Character.toString('a' + i % 26)
                        + Character.toString('a' + i / 26 % 26)
                        + (i % 9 == 8 ? "." : ""))
            .collect(Collectors.joining(" "))
        + " end.";
  }

  public static String blocks(Map<String, String> blocks) {
    return blocks.entrySet().stream()
        .map(b -> "@@" + b.getKey() + "@@\n" + b.getValue())
        .collect(Collectors.joining("\n\n"));
  }

  public static String text(TextOperation<?> operation) {
    var prompt = operation.prompt();
    return prompt.system() + "\n" + prompt.user();
  }

  private TeaForTwo() {}
}
