package dev.keywheel.e2e;

import dev.keywheel.article.operation.plan.MetaOperation;
import dev.keywheel.article.operation.tool.ToolOperation;
import dev.keywheel.article.tool.BrowserCheck.State;
import dev.keywheel.article.tool.browser.BrowserToolCheck;
import dev.keywheel.article.tool.judge.ToolAssessment;
import dev.keywheel.bench.Bench.Benchmark;
import dev.keywheel.bench.Bench.Figure;
import dev.keywheel.support.Chromium;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** The test of a tool in a headless browser, for each kind of the sandbox's tools. */
public final class ToolCheckBench implements Benchmark {
  private static final List<String> TOPICS =
      List.of(
          "mortgage repayment",
          "compound interest",
          "discounts and sales tax",
          "tipping in restaurants",
          "profit margins",
          "convert inches to cm",
          "days until a deadline",
          "readability of blog posts",
          "strong passwords",
          "trail running shoes");

  @Override
  public String name() {
    return "tool";
  }

  @Override
  public List<Figure> run() {
    var figures = new ArrayList<Figure>();
    try (var questions = new SandboxQuestions();
        var browser = new BrowserToolCheck(Chromium.executable())) {
      for (var topic : TOPICS) {
        var bound = figures.isEmpty() ? "" : "<= 2.0";
        var start = figures.isEmpty() ? ", with the browser's start" : "";
        figures.add(
            new Figure(topic + start, seconds(questions, browser, topic), "s", bound, "measured"));
      }
      figures.add(
          new Figure(
              TOPICS.getFirst() + ", again",
              seconds(questions, browser, TOPICS.getFirst()),
              "s",
              "<= 2.0",
              "measured"));
    }
    return figures;
  }

  private static double seconds(
      SandboxQuestions questions, BrowserToolCheck browser, String topic) {
    var articleRequest = RequestedTopic.of(topic);
    var meta = new MetaOperation(articleRequest);
    var plan = Objects.requireNonNull(meta.read(questions.answer(meta, "valid-1"), false).value());
    var operation = new ToolOperation(articleRequest, plan, "");
    var tool =
        Objects.requireNonNull(
            operation.read(questions.answer(operation, "valid-1"), false).value());
    long began = System.nanoTime();
    var seen = browser.check(tool, ToolAssessment.tests(plan.tool(), tool, List.of()));
    double took = (System.nanoTime() - began) / 1e9;
    if (seen.state() != State.PASSED) {
      throw new IllegalStateException(topic + ": " + seen);
    }
    return took;
  }
}
