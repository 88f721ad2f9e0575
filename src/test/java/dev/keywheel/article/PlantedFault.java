package dev.keywheel.article;

import dev.keywheel.article.operation.conversation.Operation;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * A fault of the sandbox, and how an operation that meets it must end. {@code hang} is not listed,
 * because it takes real time; see {@code TransportFaultsTest}.
 *
 * @param once operations to test with the fault in their first call
 * @param nextCause the cause of the call that succeeds afterwards; empty if no further call is
 *     needed; {@code waits} if the run has to wait
 * @param always operations to test with the fault in every call
 * @param end how such an operation ends: {@code done}, {@code waits}, or a part of the reason
 */
record PlantedFault(
    String name, Set<Operation> once, String nextCause, Set<Operation> always, String end) {
  private static final Set<Operation> EVERY = EnumSet.allOf(Operation.class);
  private static final Set<Operation> TEXTS = EnumSet.complementOf(EnumSet.of(Operation.IMAGE));
  private static final Set<Operation> FEW =
      EnumSet.of(Operation.META, Operation.FAQ, Operation.IMAGE);
  private static final Set<Operation> IMAGE = EnumSet.of(Operation.IMAGE);

  static final List<PlantedFault> ALL =
      List.of(
          // Faults of one key: another key replaces it; without a usable key the run waits.
          new PlantedFault("revoked", EVERY, "retry", FEW, "waits"),
          new PlantedFault("doubt", EVERY, "retry", FEW, "waits"),
          new PlantedFault("management", EVERY, "retry", FEW, "waits"),
          new PlantedFault("expired", EVERY, "retry", FEW, "waits"),
          new PlantedFault("recover-1", EVERY, "retry", FEW, "done"),
          new PlantedFault("bare403", EVERY, "replacement", FEW, "waits"),
          new PlantedFault("exhausted", EVERY, "replacement", FEW, "waits"),
          new PlantedFault("keycap", EVERY, "replacement", FEW, "waits"),
          new PlantedFault("budget", EVERY, "replacement", FEW, "waits"),
          new PlantedFault("freetier", IMAGE, "replacement", IMAGE, "waits"),
          new PlantedFault("daily", TEXTS, "replacement", FEW, "waits"),
          new PlantedFault("minute", TEXTS, "replacement", FEW, "waits"),
          new PlantedFault("quota-1", EVERY, "", FEW, "done"),
          new PlantedFault("inflight", EVERY, "", FEW, "done"),
          new PlantedFault(
              "afford-2000",
              EnumSet.of(Operation.GUIDE),
              "retry",
              EnumSet.of(Operation.GUIDE),
              "done"),
          new PlantedFault(
              "afford-700",
              EnumSet.of(Operation.TOOL),
              "replacement",
              EnumSet.of(Operation.TOOL),
              "costs more than the keys can pay"),
          // Two refusals without a stated cause are not attributed to the keys: the next model is
          // called.
          new PlantedFault("ratelimited-90s", EVERY, "replacement", EVERY, "rate-limited upstream"),
          new PlantedFault("bare429", EVERY, "replacement", EVERY, "rate-limited upstream"),
          // Faults of the provider: the call is retried, with another key, then with another model;
          // then the pool is paused.
          new PlantedFault("flaky-100", EVERY, "retry", EVERY, "waits"),
          new PlantedFault("html502", EVERY, "retry", EVERY, "waits"),
          new PlantedFault("timeout504", EVERY, "retry", EVERY, "waits"),
          new PlantedFault("error200", EVERY, "retry", EVERY, "waits"),
          new PlantedFault("choiceerror", EVERY, "retry", EVERY, "waits"),
          new PlantedFault("cutjson", EVERY, "retry", EVERY, "waits"),
          new PlantedFault("reset", EVERY, "retry", EVERY, "waits"),
          new PlantedFault("cdn429", TEXTS, "waits", EVERY, "waits"),
          new PlantedFault("slow-20s", EVERY, "", FEW, "done"),
          // Faults of a model: one retry where that helps, then the next model.
          new PlantedFault("empty", TEXTS, "model_change", EVERY, "gave no answer"),
          new PlantedFault("nochoices", IMAGE, "retry", EVERY, "gave no answer"),
          new PlantedFault("reasoning", TEXTS, "retry", TEXTS, "done"),
          new PlantedFault("upstream", TEXTS, "model_change", TEXTS, "done"),
          new PlantedFault("noendpoint", TEXTS, "model_change", TEXTS, "done"),
          new PlantedFault("agentic", TEXTS, "model_change", TEXTS, "done"),
          new PlantedFault("byok", TEXTS, "model_change", EVERY, "a problem at its own provider"),
          new PlantedFault("filter", TEXTS, "model_change", TEXTS, " models refused: "),
          new PlantedFault("refuse", TEXTS, "model_change", TEXTS, " models refused: "),
          new PlantedFault(
              "moderation", TEXTS, "model_change", EVERY, "Two models refused the topic"),
          // Faults of a text: its rest or a correction is requested.
          new PlantedFault(
              "truncate-40", without(Operation.VALIDATOR), "continuation", TEXTS, "done"),
          new PlantedFault("badjson", EnumSet.of(Operation.META, Operation.FAQ), "", FEW, "done"),
          new PlantedFault(
              "badjson-hard", EnumSet.of(Operation.META, Operation.FAQ), "reask", FEW, "done"),
          new PlantedFault(
              "repeat",
              EnumSet.of(Operation.SECTION_2),
              "reask",
              Set.of(Operation.SECTION_2),
              "done"),
          new PlantedFault(
              "drift",
              EnumSet.of(Operation.SECTION_1, Operation.SECTION_2),
              "reask",
              EnumSet.of(Operation.SECTION_1, Operation.SECTION_2),
              "done"),
          // Faults of an image: the article gets a built-in cover.
          new PlantedFault("badimage", Set.of(), "", IMAGE, ""),
          new PlantedFault("badimage-flat", Set.of(), "", IMAGE, ""),
          new PlantedFault("badimage-svg", Set.of(), "", IMAGE, ""),
          // Faults of a tool: the next operation finds them.
          tool("hostile"),
          tool("toolbug-nan"),
          tool("toolbug-divisor"),
          tool("toolbug-deadbutton"),
          tool("toolbug-network"),
          tool("toolbug-wide"),
          tool("toolbug-lostid"));

  private static PlantedFault tool(String name) {
    return new PlantedFault(name, EnumSet.of(Operation.TOOL), "", Set.of(), "done");
  }

  private static Set<Operation> without(Operation operation) {
    var steps = EnumSet.copyOf(TEXTS);
    steps.remove(operation);
    return steps;
  }

  /** Whether the article could contain text or HTML that this fault damaged. */
  boolean inText() {
    return name.matches("(?:truncate|badjson|repeat|drift|refuse|badimage|hostile|toolbug).*");
  }

  /** Whether the fault is in a tool, which the reviewer of a whole run must find. */
  boolean inTool() {
    return name.matches("hostile|toolbug.*");
  }
}
