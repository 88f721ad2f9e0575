package dev.keywheel.article;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.POOLS;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.keywheel.article.edit.NewArticle;
import dev.keywheel.article.operation.conversation.CallBudget;
import dev.keywheel.article.operation.conversation.Operation;
import dev.keywheel.article.plan.Length;
import dev.keywheel.article.run.model.OperationState;
import dev.keywheel.article.run.model.PartName;
import dev.keywheel.article.run.model.RunMode;
import dev.keywheel.article.run.model.RunState;
import dev.keywheel.article.tool.ToolCheck;
import dev.keywheel.article.view.ArticleService;
import dev.keywheel.article.view.RunView;
import dev.keywheel.article.view.RunView.AttemptView;
import dev.keywheel.rotation.AttemptState;
import dev.keywheel.rotation.OutcomeText;
import dev.keywheel.sandbox.server.Sandbox;
import dev.keywheel.sandbox.server.SandboxOptions;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jooq.JSONB;
import org.jsoup.Jsoup;
import org.junit.jupiter.api.Test;

/**
 * Every fault of the stand-in in every operation it can strike, once and then in every call: the
 * operation completes, or ends or waits with the right reason, within its calls, and the article
 * stays whole. The table is printed, and written to {@code target/fault-matrix.md}.
 *
 * <p>Each operation runs alone, in a run for its part of an article that is there; a tool with a
 * planted fault takes a whole run, since it is the reviewer's to find. {@code hang} is missing: its
 * time is real, see {@code TransportFaultsTest}.
 */
class FaultMatrixTest {
  private static final Path TABLE = Path.of("target", "fault-matrix.md");
  private static final int LANES = 3;

  /** While every model is busy an operation goes on asking until its deadline. */
  private static final int MOST_ATTEMPTS = 60;

  /** A short one: the rules are the same, and there are some six hundred runs to be made of it. */
  private static final NewArticle ARTICLE =
      new NewArticle(
          "Saving for a bicycle",
          "sandbox",
          "en",
          "",
          "",
          Length.SHORT,
          "",
          "",
          RunMode.PARALLEL,
          Map.of());

  private static final Set<Operation> ALL = EnumSet.allOf(Operation.class);
  private static final Set<Operation> TEXTS = EnumSet.complementOf(EnumSet.of(Operation.IMAGE));
  private static final Set<Operation> FEW =
      EnumSet.of(Operation.META, Operation.FAQ, Operation.IMAGE);
  private static final Set<Operation> IMAGE = EnumSet.of(Operation.IMAGE);

  /**
   * A fault.
   *
   * @param once where it strikes the first call
   * @param mended the cause of the call that mends it then; empty when none is needed; {@code
   *     waits} when the run has to
   * @param ever where it strikes every call
   * @param end how that ends in a text: {@code done}, {@code waits}, or the reason's words
   */
  private record Fault(
      String name, Set<Operation> once, String mended, Set<Operation> ever, String end) {
    /** Whether something with the fault in it comes back, and could get into the page. */
    boolean inText() {
      return name.matches("(?:truncate|badjson|repeat|drift|refuse|badimage|hostile|toolbug).*");
    }
  }

  private static final List<Fault> FAULTS =
      List.of(
          // A key's own: another key takes its place, and when all are gone the run waits.
          new Fault("revoked", ALL, "retry", FEW, "waits"),
          new Fault("doubt", ALL, "retry", FEW, "waits"),
          new Fault("management", ALL, "retry", FEW, "waits"),
          new Fault("expired", ALL, "retry", FEW, "waits"),
          new Fault("recover-1", ALL, "retry", FEW, "done"),
          new Fault("bare403", ALL, "retry", FEW, "waits"),
          new Fault("exhausted", ALL, "replacement", FEW, "waits"),
          new Fault("keycap", ALL, "replacement", FEW, "waits"),
          new Fault("budget", ALL, "replacement", FEW, "waits"),
          new Fault("freetier", IMAGE, "replacement", IMAGE, "waits"),
          new Fault("daily", TEXTS, "replacement", FEW, "waits"),
          new Fault("minute", TEXTS, "replacement", FEW, "waits"),
          new Fault("quota-1", ALL, "", FEW, "done"),
          new Fault("inflight", ALL, "", FEW, "done"),
          new Fault(
              "afford-2000",
              EnumSet.of(Operation.GUIDE),
              "retry",
              EnumSet.of(Operation.GUIDE),
              "done"),
          new Fault(
              "afford-700",
              EnumSet.of(Operation.TOOL),
              "replacement",
              EnumSet.of(Operation.TOOL),
              "costs more than the keys can pay"),
          // Two refusals that name no cause are not the keys': the next model is asked.
          new Fault("ratelimited-90s", ALL, "replacement", ALL, "rate-limited upstream"),
          new Fault("bare429", ALL, "replacement", ALL, "rate-limited upstream"),
          // The provider's: tried again, with another key, with another model; then the pool rests.
          new Fault("flaky-100", ALL, "retry", ALL, "waits"),
          new Fault("html502", ALL, "retry", ALL, "waits"),
          new Fault("timeout504", ALL, "retry", ALL, "waits"),
          new Fault("error200", ALL, "retry", ALL, "waits"),
          new Fault("choiceerror", ALL, "retry", ALL, "waits"),
          new Fault("cutjson", ALL, "retry", ALL, "waits"),
          new Fault("reset", ALL, "retry", ALL, "waits"),
          new Fault("cdn429", TEXTS, "waits", ALL, "waits"),
          new Fault("slow-20s", ALL, "", FEW, "done"),
          // A model's: the same once more where that helps, then the next one.
          new Fault("empty", ALL, "retry", ALL, "gave nothing, twice"),
          new Fault("nochoices", ALL, "retry", ALL, "gave nothing, twice"),
          new Fault("reasoning", TEXTS, "retry", TEXTS, "done"),
          new Fault("upstream", TEXTS, "model_change", TEXTS, "done"),
          new Fault("noendpoint", TEXTS, "model_change", TEXTS, "done"),
          new Fault("agentic", TEXTS, "model_change", TEXTS, "done"),
          new Fault("byok", TEXTS, "model_change", ALL, "a problem at its own provider"),
          new Fault("filter", TEXTS, "model_change", TEXTS, "refused, and no other model"),
          new Fault("refuse", TEXTS, "model_change", TEXTS, "refused, and no other model"),
          new Fault("moderation", TEXTS, "model_change", ALL, "Two models refused the topic"),
          // A text's: its rest, or what is wrong in it, is asked for.
          new Fault("truncate-40", without(Operation.VALIDATOR), "continuation", TEXTS, "done"),
          new Fault("badjson", EnumSet.of(Operation.META, Operation.FAQ), "", FEW, "done"),
          new Fault(
              "badjson-hard", EnumSet.of(Operation.META, Operation.FAQ), "reask", FEW, "done"),
          new Fault(
              "repeat",
              EnumSet.of(Operation.SECTION_2),
              "reask",
              Set.of(Operation.SECTION_2),
              "done"),
          new Fault(
              "drift",
              EnumSet.of(Operation.SECTION_1, Operation.SECTION_2),
              "reask",
              EnumSet.of(Operation.SECTION_1, Operation.SECTION_2),
              "done"),
          // A picture's: the article gets a built-in cover.
          new Fault("badimage", Set.of(), "", IMAGE, ""),
          new Fault("badimage-flat", Set.of(), "", IMAGE, ""),
          new Fault("badimage-svg", Set.of(), "", IMAGE, ""),
          // A tool's: the next operation's to find.
          tool("hostile"),
          tool("toolbug-nan"),
          tool("toolbug-divisor"),
          tool("toolbug-deadbutton"),
          tool("toolbug-network"),
          tool("toolbug-wide"),
          tool("toolbug-lostid"));

  private static Fault tool(String name) {
    return new Fault(name, EnumSet.of(Operation.TOOL), "", Set.of(), "done");
  }

  private static Set<Operation> without(Operation operation) {
    var steps = EnumSet.copyOf(TEXTS);
    steps.remove(operation);
    return steps;
  }

  private record Cell(Fault fault, Operation step, boolean ever) {}

  /** What became of the operation, as the table shows it, and what is wrong with that. */
  private record Seen(String end, long calls, String path, List<String> wrong) {
    String text() {
      return end + " " + calls + "/" + CallBudget.CALLS + path;
    }
  }

  private final Map<Cell, Seen> table = new ConcurrentHashMap<>();

  @Test
  void every_fault_in_every_operation_ends_within_its_call_limit() throws Exception {
    var cells = new ConcurrentLinkedQueue<Cell>();
    for (var fault : FAULTS) {
      fault.once.forEach(operation -> cells.add(new Cell(fault, operation, false)));
      fault.ever.forEach(operation -> cells.add(new Cell(fault, operation, true)));
    }
    try (var lanes = Executors.newFixedThreadPool(LANES)) {
      var lane = (Callable<Boolean>) () -> lane(cells);
      for (var end : lanes.invokeAll(IntStream.range(0, LANES).mapToObj(_ -> lane).toList())) {
        end.get();
      }
    }
    var text = markdown();
    Files.writeString(TABLE, text, StandardCharsets.UTF_8);
    System.out.println(text);
    var wrong = new ArrayList<String>();
    table.forEach(
        (cell, seen) ->
            seen.wrong.forEach(
                w ->
                    wrong.add(
                        cell.fault.name
                            + (cell.ever ? " ever" : " once")
                            + " in "
                            + cell.step.label()
                            + " ("
                            + seen.text()
                            + "): "
                            + w)));
    assertEquals(List.of(), wrong);
  }

  /** One sandbox with one workspace, in which cells are worked on one after the other. */
  private boolean lane(ConcurrentLinkedQueue<Cell> cells) {
    try (var sandbox = Sandbox.start(SandboxOptions.instant().withPause(_ -> {}));
        var shop =
            new ArticleWorkshop("sandbox", sandbox.baseUrl(), ToolCheck.none("not in this test"))) {
      shop.keys(
          "sandbox",
          IntStream.rangeClosed(1, 8)
              .boxed()
              .flatMap(i -> Stream.of("key" + i, "sk-or-demo-valid-%02d".formatted(i)))
              .toArray(String[]::new));
      var whole = shop.generate(ARTICLE);
      assertEquals(RunState.COMPLETED, whole.state(), whole::reason);
      for (var cell = cells.poll(); cell != null; cell = cells.poll()) {
        table.put(cell, seen(sandbox, shop, whole, cell));
      }
      return true;
    }
  }

  private static Seen seen(Sandbox sandbox, ArticleWorkshop shop, RunView whole, Cell cell) {
    asNew(sandbox, shop);
    sandbox.scenario(cell.step.label(), cell.ever ? 0 : 1, cell.fault.name);
    if (cell.fault.name.matches("hostile|toolbug.*")) {
      return judged(shop, shop.generate(ARTICLE), cell);
    }
    var part = PartName.ofOperation(cell.step.number());
    var id =
        shop.remaking.part(
            whole.articleId(), part, null, "", shop.pool.admin, shop.pool.ids.next());
    shop.work(id);
    var seen = judged(shop, shop.runs.run(shop.pool.workspace, id), cell);
    if (seen.end.equals("waits")) {
      // A fault that has passed leaves nothing behind: the run goes on by itself and is done.
      asNew(sandbox, shop);
      shop.work(id);
      var after = shop.runs.run(shop.pool.workspace, id);
      if (after.state() != RunState.COMPLETED) {
        seen.wrong.add("it did not go on: " + after.state() + " " + after.reason());
        shop.runs.cancel(id, shop.pool.admin);
        shop.work(id);
      }
    }
    return seen;
  }

  private static Seen judged(ArticleWorkshop shop, RunView run, Cell cell) {
    var operation = run.operations().get(cell.step.number() - 1);
    var attempts = operation.attempts();
    boolean waits = run.state() == RunState.WAITING_KEYS;
    var causes =
        attempts.stream()
            .map(a -> a.cause().word())
            .filter(c -> !c.equals("first"))
            .collect(Collectors.groupingBy(c -> c, TreeMap::new, Collectors.counting()));
    long calls = attempts.stream().filter(a -> !unbilled(a)).count();
    var wrong = new ArrayList<String>();
    if (calls > CallBudget.CALLS
        || attempts.size() > MOST_ATTEMPTS
        || causes.getOrDefault("reask", 0L) > 1
        || causes.getOrDefault("continuation", 0L) > 2) {
      wrong.add("it called too often");
    }
    if (attempts.stream().anyMatch(a -> a.state() == AttemptState.SENT)) {
      wrong.add("an attempt is still open");
    }
    if (!waits && !run.state().ended()) {
      wrong.add("the run did not end");
    }
    var end = waits ? "waits" : operation.state().word();
    expect(cell, run, operation, causes, end, wrong);
    if (run.state() != RunState.FAILED && cell.fault.inText()) {
      wrong.addAll(unsafe(shop, run));
    }
    var path =
        causes.entrySet().stream()
            .map(e -> (e.getValue() == 1 ? "" : e.getValue() + " × ") + e.getKey())
            .collect(Collectors.joining(", "));
    return new Seen(end, calls, path.isEmpty() ? "" : " (" + path.replace('_', ' ') + ")", wrong);
  }

  /** Calls that reached no model do not count; the operation's deadline bounds them. */
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
    var done = OperationState.SUCCEEDED.word();
    var degraded = OperationState.DEGRADED.word();
    if (!cell.ever) {
      var wanted = cell.fault.mended.equals("waits") ? "waits" : done;
      if (!end.equals(wanted)) {
        wrong.add("expected " + wanted + ": " + why);
      }
      if (!wanted.equals("waits")
          && !cell.fault.mended.isEmpty()
          && !causes.containsKey(cell.fault.mended)) {
        wrong.add("expected to be mended by " + cell.fault.mended);
      }
    } else if (cell.step == Operation.IMAGE) {
      boolean drawnHere = why.contains("Using a built-in cover.");
      if (!end.equals(done) && !(end.equals(degraded) && drawnHere)) {
        wrong.add("expected a picture or a local cover: " + why);
      }
    } else {
      boolean right =
          switch (cell.fault.end) {
            case "done" -> end.equals(done);
            case "waits" -> end.equals("waits") && run.reason() != null && run.waitUntil() != null;
            default ->
                end.equals(cell.step == Operation.VALIDATOR ? degraded : "failed")
                    && why.contains(cell.fault.end);
          };
      if (!right) {
        wrong.add("expected " + cell.fault.end + ": " + why);
      }
    }
  }

  /** What is wrong with the article as a file: it must be whole and hold nothing of a model's. */
  private static List<String> unsafe(ArticleWorkshop shop, RunView run) {
    var html =
        shop.articles
            .download(shop.pool.workspace, run.articleId(), ArticleService.Format.HTML)
            .bytes();
    var page = Jsoup.parse(new String(html, StandardCharsets.UTF_8));
    var wrong = new ArrayList<String>();
    if (page.select("h1").size() != 1 || page.select("section.article-section").size() != 2) {
      wrong.add("the page is not whole");
    }
    page.select("nav a").stream()
        .filter(a -> page.getElementById(a.attr("href").substring(1)) == null)
        .forEach(a -> wrong.add("leads nowhere: " + a));
    if (page.select("script").size() != 2) {
      wrong.add("a script that is neither the data nor the frame's listener");
    }
    page.select("article a[href^=http], article [onclick], article form, article input")
        .forEach(e -> wrong.add("came from a model: " + e));
    return wrong;
  }

  /** Ten minutes later: all keys checked and active, the sandbox's memory empty. */
  private static void asNew(Sandbox sandbox, ArticleWorkshop shop) {
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

  private String markdown() {
    var text =
        new StringBuilder(
            "# Faults × operations\n\nFor each the end and the calls used of those allowed; calls of refused keys are not counted.\nFirst the fault in the first call, then in every call; – where it cannot strike or strikes as elsewhere.\n\n| fault |");
    Operation.all().forEach(s -> text.append(' ').append(s.label()).append(" |"));
    text.append("\n|---|").append("---|".repeat(8)).append('\n');
    for (var fault : FAULTS) {
      text.append("| ").append(fault.name).append(" |");
      for (var operation : Operation.all()) {
        text.append(' ').append(shown(new Cell(fault, operation, false))).append(" · ");
        text.append(shown(new Cell(fault, operation, true))).append(" |");
      }
      text.append('\n');
    }
    return text.toString();
  }

  private String shown(Cell cell) {
    var seen = table.get(cell);
    return seen == null ? "–" : (seen.wrong.isEmpty() ? "" : "✗ ") + seen.text();
  }
}
