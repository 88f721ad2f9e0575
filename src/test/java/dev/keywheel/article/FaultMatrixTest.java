package dev.keywheel.article;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keywheel.article.operation.CallBudget;
import dev.keywheel.article.operation.Step;
import dev.keywheel.article.run.RunState;
import dev.keywheel.article.tool.ToolCheck;
import dev.keywheel.sandbox.Sandbox;
import dev.keywheel.sandbox.SandboxOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jsoup.Jsoup;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every fault of the stand-in in every operation, once and again and again: the run completes or
 * ends with its reason, within its calls, and what it leaves is whole and safe. The table is in
 * {@code target/fault-matrix.txt}.
 */
class FaultMatrixTest {
  private static final Path TABLE = Path.of("target", "fault-matrix.txt");
  private static final Set<RunState> ENDED =
      Set.of(RunState.COMPLETED, RunState.COMPLETED_WITH_GAPS, RunState.FAILED);

  /**
   * What keys or the provider as a whole suffer from: when it never stops, the run waits and loses
   * nothing.
   */
  private static final Set<String> WAITED_FOR =
      Set.of("revoked", "exhausted", "daily", "afford-2000", "error200", "html502", "reset");

  /** Faults that are tried without end as well. */
  private static final Set<String> FOR_EVER =
      Set.of("badjson-hard", "empty", "refuse", "hostile", "truncate-40", "html502", "daily");

  /** Faults that a single occurrence of must not cost anything of the article. */
  private static final Set<String> MENDED =
      Set.of(
          "badjson",
          "truncate-40",
          "upstream",
          "noendpoint",
          "error200",
          "empty",
          "reasoning",
          "html502",
          "refuse",
          "drift");

  static Stream<String> faults() {
    return Stream.of(
        "badjson",
        "badjson-hard",
        "truncate-40",
        "upstream",
        "noendpoint",
        "error200",
        "empty",
        "reasoning",
        "html502",
        "moderation",
        "refuse",
        "hostile",
        "repeat",
        "drift",
        "badimage",
        "revoked",
        "exhausted",
        "daily",
        "afford-2000",
        "reset");
  }

  @BeforeAll
  static void table() throws IOException {
    Files.createDirectories(TABLE.getParent());
    Files.writeString(
        TABLE,
        "fault                   operation               times  run                   calls  gaps\n");
  }

  @ParameterizedTest
  @MethodSource("faults")
  void a_fault_ends_well_in_every_operation(String fault) throws IOException {
    try (var sandbox = Sandbox.start(SandboxOptions.instant());
        var shop = shop(sandbox)) {
      // What the pool deals with is the same in every operation.
      for (var step :
          WAITED_FOR.contains(fault)
              ? List.of(Step.META, Step.SECTION_1, Step.IMAGE)
              : Step.all()) {
        run(sandbox, shop, fault, step, 1);
      }
    }
  }

  static Stream<String> endless() {
    return FOR_EVER.stream().sorted();
  }

  @ParameterizedTest
  @MethodSource("endless")
  void a_fault_that_never_stops_ends_or_waits(String fault) throws IOException {
    for (var step : List.of(Step.META, Step.TOOL, Step.FAQ)) {
      try (var sandbox = Sandbox.start(SandboxOptions.instant());
          var shop = shop(sandbox)) {
        run(sandbox, shop, fault, step, 0);
      }
    }
  }

  private static ArticleWorkshop shop(Sandbox sandbox) {
    var shop =
        new ArticleWorkshop("sandbox", sandbox.baseUrl(), ToolCheck.none("not in this test"));
    shop.keys(
        "sandbox",
        IntStream.rangeClosed(1, 12)
            .boxed()
            .flatMap(i -> Stream.of("key" + i, "sk-or-demo-valid-%02d".formatted(i)))
            .toArray(String[]::new));
    return shop;
  }

  private static void run(
      Sandbox sandbox, ArticleWorkshop shop, String fault, Step step, int attempt)
      throws IOException {
    sandbox.reset();
    sandbox.scenario(step.label(), attempt, fault);
    var run = shop.generate(NewArticle.of("Saving for a bicycle", "sandbox"));
    note(fault, step, attempt, run);
    judge(shop, fault, step, attempt, run);
  }

  private static void note(String fault, Step step, int attempt, RunView run) throws IOException {
    var line =
        "%-22s  %-22s  %-5s  %-20s  %5d  %s%n"
            .formatted(
                fault,
                step.label(),
                attempt == 1 ? "once" : "ever",
                run.state().label(),
                run.calls(),
                run.reason() == null ? "" : run.reason());
    Files.writeString(TABLE, line, StandardOpenOption.APPEND);
  }

  private static void judge(
      ArticleWorkshop shop, String fault, Step step, int attempt, RunView run) {
    var what =
        fault
            + " in "
            + step.label()
            + (attempt == 1 ? " once" : " ever")
            + ": "
            + run.state()
            + " "
            + run.reason();
    if (attempt == 0 && WAITED_FOR.contains(fault) && run.state() == RunState.WAITING_KEYS) {
      shop.runs.cancel(run.id(), shop.pool.admin);
      shop.work(run.id());
      return;
    }
    assertTrue(ENDED.contains(run.state()), what);
    if (attempt == 1 && MENDED.contains(fault)) {
      assertEquals(RunState.COMPLETED, run.state(), what);
    }
    if (run.state() == RunState.FAILED) {
      assertEquals(Step.META, step, what);
    }
    if (run.state() != RunState.COMPLETED) {
      assertFalse(run.gaps().isEmpty(), what);
    }
    for (var operation : run.operations()) {
      assertTrue(
          operation.state().ended(), what + ": " + operation.name() + " " + operation.state());
      long counted =
          operation.attempts().stream().filter(a -> !a.cause().equals("replacement")).count();
      assertTrue(
          counted <= CallBudget.CALLS, what + ": " + counted + " calls in " + operation.name());
      assertTrue(operation.attempts().stream().noneMatch(a -> a.state().equals("sent")), what);
    }
    if (run.state() != RunState.FAILED) {
      safe(shop, run, what);
    }
  }

  private static void safe(ArticleWorkshop shop, RunView run, String what) {
    var html =
        new String(
            shop.articles
                .download(shop.pool.workspace, run.articleId(), Articles.Format.HTML)
                .bytes(),
            StandardCharsets.UTF_8);
    var page = Jsoup.parse(html);
    assertEquals(1, page.select("h1").size(), what);
    for (var link : page.select("nav a")) {
      assertFalse(
          page.select("[id=" + link.attr("href").substring(1) + "]").isEmpty(), what + ": " + link);
    }
    assertEquals(
        2, page.select("script").size(), what + ": only the data and the frame's listener");
    assertTrue(
        page.select("article a[href^=http], article [onclick], article form, article input")
            .isEmpty(),
        what);
  }
}
