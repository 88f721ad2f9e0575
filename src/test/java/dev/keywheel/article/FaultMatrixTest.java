package dev.keywheel.article;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.POOLS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.edit.NewArticle;
import dev.keywheel.article.operation.conversation.Operation;
import dev.keywheel.article.run.model.PartName;
import dev.keywheel.article.tool.ToolCheck;
import dev.keywheel.article.view.ArticleService;
import dev.keywheel.article.view.RunView;
import dev.keywheel.article.view.RunView.AttemptView;
import dev.keywheel.rotation.OutcomeText;
import dev.keywheel.run.AttemptState;
import dev.keywheel.run.OperationState;
import dev.keywheel.run.RunState;
import dev.keywheel.sandbox.server.Sandbox;
import dev.keywheel.sandbox.server.SandboxOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jooq.JSONB;
import org.jsoup.Jsoup;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each fault of the sandbox, in the first call and in every call of an operation: the operation
 * completes, fails or waits with the right reason and within its call limit, and the article stays
 * intact. {@code mvn -Pfull verify} tests one operation per fault; {@code -Pfaults} tests all and
 * writes the results to {@code target/fault-matrix.md}.
 *
 * <p>Each operation runs alone, in a run that regenerates its part of an existing article. A fault
 * in a tool needs a complete run, because the reviewer must find it.
 */
@Tag("full")
class FaultMatrixTest {
  private static final Path TABLE = Path.of("target", "fault-matrix.md");

  private static final boolean EVERY_CELL = Boolean.getBoolean("everyCell");

  /** The call limit of an operation. */
  private static final int CALLS = 6;

  /** Coprime to the number of operations, so that the chosen cells cover all of them. */
  private static final int STEP = 5;

  /**
   * Maximum number of attempts of a run: an operation repeats its calls until its deadline while
   * every model is busy.
   */
  private static final int MAX_ATTEMPTS = 60;

  private static final NewArticle ARTICLE = ArticleWorkshop.sandboxForm(Map.of());

  record Cell(PlantedFault fault, Operation step, boolean always) {
    @Override
    public String toString() {
      return fault.name()
          + (always ? " in every call of " : " in the first call of ")
          + step.label();
    }
  }

  /** The end of the operation as shown in the table, and what is wrong with that end. */
  private record Result(String end, long calls, String path, List<String> wrong) {
    String text() {
      return end + " " + calls + "/" + CALLS + path;
    }
  }

  private static final Map<Cell, Result> table = new ConcurrentHashMap<>();
  private static Sandbox sandbox;
  private static ArticleWorkshop shop;
  private static RunView whole;

  @BeforeAll
  static void start() {
    sandbox = Sandbox.start(SandboxOptions.instant().withPause(_ -> {}));
    shop = new ArticleWorkshop("sandbox", sandbox.baseUrl(), ToolCheck.none("not in this test"));
    shop.addKeys(
        "sandbox",
        IntStream.rangeClosed(1, 8)
            .boxed()
            .flatMap(i -> Stream.of("key" + i, "sk-or-demo-valid-%02d".formatted(i)))
            .toArray(String[]::new));
    whole = shop.generate(ARTICLE);
    assertThat(whole.state()).as(whole.reason()).isEqualTo(RunState.COMPLETED);
  }

  @AfterAll
  static void stop() throws IOException {
    shop.close();
    sandbox.close();
    if (EVERY_CELL) {
      Files.writeString(TABLE, markdown(), StandardCharsets.UTF_8);
    }
  }

  /**
   * All combinations with {@code -Pfaults}; otherwise one operation for each fault, in rotation.
   */
  static Stream<Cell> cells() {
    var faults = PlantedFault.ALL;
    return IntStream.range(0, faults.size())
        .boxed()
        .flatMap(
            i -> {
              var all = cells(faults.get(i));
              return EVERY_CELL ? all.stream() : Stream.of(all.get(i * STEP % all.size()));
            });
  }

  private static List<Cell> cells(PlantedFault fault) {
    return Stream.concat(
            fault.once().stream().sorted().map(step -> new Cell(fault, step, false)),
            fault.always().stream().sorted().map(step -> new Cell(fault, step, true)))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("cells")
  void every_fault_in_every_operation_ends_within_its_call_limit(Cell cell) {
    var result = run(cell);
    table.put(cell, result);
    assertThat(result.wrong).as(result.text()).isEmpty();
  }

  private static Result run(Cell cell) {
    reset();
    sandbox.setScenario(cell.step.label(), cell.always ? 0 : 1, cell.fault.name());
    if (cell.fault.inTool()) {
      return judge(shop.generate(ARTICLE), cell);
    }
    var part = PartName.ofOperation(cell.step.number());
    var id =
        shop.regeneration.regeneratePart(
            whole.articleId(), part, null, "", "", shop.pool.admin, shop.pool.ids.next());
    shop.work(id);
    var result = judge(shop.runs.run(shop.pool.workspace, id), cell);
    if (result.end.equals("waits")) {
      // Once the fault has passed, the run continues automatically and completes.
      reset();
      shop.work(id);
      var after = shop.runs.run(shop.pool.workspace, id);
      if (after.state() != RunState.COMPLETED) {
        result.wrong.add("it did not continue: " + after.state() + " " + after.reason());
        shop.runs.cancel(id, shop.pool.admin);
        shop.work(id);
      }
    }
    return result;
  }

  private static Result judge(RunView run, Cell cell) {
    var operation = run.operations().get(cell.step.number() - 1);
    var attempts = operation.attempts();
    boolean waits = run.state() == RunState.WAITING_KEYS;
    var causes =
        attempts.stream()
            .map(a -> a.cause().code())
            .filter(c -> !c.equals("first"))
            .collect(Collectors.groupingBy(c -> c, TreeMap::new, Collectors.counting()));
    long calls = attempts.stream().filter(a -> !unbilled(a)).count();
    var wrong = new ArrayList<String>();
    if (calls > CALLS
        || attempts.size() > MAX_ATTEMPTS
        || causes.getOrDefault("reask", 0L) > 1
        || causes.getOrDefault("continuation", 0L) > 2) {
      wrong.add("too many calls");
    }
    if (attempts.stream().anyMatch(a -> a.state() == AttemptState.SENT)) {
      wrong.add("an attempt is still open");
    }
    if (!waits && !run.state().ended()) {
      wrong.add("the run did not end");
    }
    var end = waits ? "waits" : operation.state().code();
    expect(cell, run, operation, causes, end, wrong);
    if (run.state() != RunState.FAILED && cell.fault.inText()) {
      wrong.addAll(unsafe(run));
    }
    var path =
        causes.entrySet().stream()
            .map(e -> (e.getValue() == 1 ? "" : e.getValue() + " × ") + e.getKey())
            .collect(Collectors.joining(", "));
    return new Result(end, calls, path.isEmpty() ? "" : " (" + path.replace('_', ' ') + ")", wrong);
  }

  /**
   * Calls that reached no model do not count towards the limit; the operation's deadline bounds
   * them.
   */
  private static boolean unbilled(AttemptView attempt) {
    var outcome = attempt.outcome();
    return outcome != null && OutcomeText.UNBILLED.contains(outcome);
  }

  private static void expect(
      Cell cell,
      RunView run,
      RunView.OperationView operation,
      Map<String, Long> causes,
      String end,
      List<String> wrong) {
    var why = run.reason() + " " + operation.error();
    var done = OperationState.SUCCEEDED.code();
    var degraded = OperationState.DEGRADED.code();
    if (!cell.always) {
      var wanted = cell.fault.nextCause().equals("waits") ? "waits" : done;
      if (!end.equals(wanted)) {
        wrong.add("expected " + wanted + ": " + why);
      }
      if (!wanted.equals("waits")
          && !cell.fault.nextCause().isEmpty()
          && !causes.containsKey(cell.fault.nextCause())) {
        wrong.add("expected a further call because of " + cell.fault.nextCause());
      }
    } else if (cell.step == Operation.IMAGE) {
      boolean drawnLocally = why.contains("Using a built-in cover.");
      if (!end.equals(done) && !(end.equals(degraded) && drawnLocally)) {
        wrong.add("expected a picture or a local cover: " + why);
      }
    } else {
      boolean right =
          switch (cell.fault.end()) {
            case "done" -> end.equals(done);
            case "waits" -> end.equals("waits") && run.reason() != null && run.waitUntil() != null;
            default ->
                end.equals(cell.step == Operation.VALIDATOR ? degraded : "failed")
                    && why.contains(cell.fault.end());
          };
      if (!right) {
        wrong.add("expected " + cell.fault.end() + ": " + why);
      }
    }
  }

  /**
   * Problems of the exported article: it must be complete and contain no HTML written by a model.
   */
  private static List<String> unsafe(RunView run) {
    var html =
        shop.articles
            .download(shop.pool.admin, run.articleId(), ArticleService.Format.HTML)
            .bytes();
    var page = Jsoup.parse(new String(html, StandardCharsets.UTF_8));
    var wrong = new ArrayList<String>();
    if (page.select("h1").size() != 1 || page.select("section.article-section").size() != 2) {
      wrong.add("the page is incomplete");
    }
    page.select("nav a").stream()
        .filter(a -> page.getElementById(a.attr("href").substring(1)) == null)
        .forEach(a -> wrong.add("broken link: " + a));
    if (page.select("script").size() != 2) {
      wrong.add("a script that is neither the data nor the frame's listener");
    }
    page.select("article a[href^=http], article [onclick], article form, article input")
        .forEach(e -> wrong.add("came from a model: " + e));
    return wrong;
  }

  /**
   * Moves the clock by ten minutes, with all keys checked and active and the sandbox's state
   * cleared.
   */
  private static void reset() {
    sandbox.reset();
    shop.pool.clock.tick(Duration.ofMinutes(10));
    shop.pool.database.runTx(
        tx -> {
          tx.dsl()
              .update(API_KEYS)
              .set(API_KEYS.FAILURE, (JSONB) null)
              .set(API_KEYS.LIMITS, JSONB.valueOf("[]"))
              .set(API_KEYS.BACKOFF_STEPS, JSONB.valueOf("{}"))
              .set(API_KEYS.STATUS, "active")
              .set(API_KEYS.REASON, (String) null)
              .set(API_KEYS.UNTIL, (Instant) null)
              .set(API_KEYS.LAST_TESTED_AT, shop.pool.clock.instant())
              .set(API_KEYS.USABLE_FREE, true)
              .set(API_KEYS.USABLE_PAID, true)
              .execute();
          tx.dsl()
              .update(POOLS)
              .set(POOLS.PAUSED_UNTIL, (Instant) null)
              .set(POOLS.LAST_UNATTRIBUTED_429, (JSONB) null)
              .execute();
        });
  }

  private static String markdown() {
    var text =
        new StringBuilder(
            "# Faults × operations\n\n"
                + "Each cell shows how the operation ended and the calls that it used of those"
                + " allowed; calls of refused keys are not counted.\n"
                + "First with the fault in the first call, then in every call; – where it cannot"
                + " occur or has the same effect as elsewhere.\n\n"
                + "| fault |");
    Operation.all().forEach(s -> text.append(' ').append(s.label()).append(" |"));
    text.append("\n|---|").append("---|".repeat(8)).append('\n');
    for (var fault : PlantedFault.ALL) {
      text.append("| ").append(fault.name()).append(" |");
      for (var operation : Operation.all()) {
        text.append(' ').append(shown(new Cell(fault, operation, false))).append(" · ");
        text.append(shown(new Cell(fault, operation, true))).append(" |");
      }
      text.append('\n');
    }
    return text.toString();
  }

  private static String shown(Cell cell) {
    var result = table.get(cell);
    return result == null ? "–" : (result.wrong.isEmpty() ? "" : "✗ ") + result.text();
  }
}
