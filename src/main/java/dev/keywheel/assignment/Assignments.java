package dev.keywheel.assignment;

import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.key.state.PoolPause;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.log.LogLine;
import dev.keywheel.provider.Providers;
import dev.keywheel.recovery.Recovery;
import dev.keywheel.run.Plan;
import dev.keywheel.run.RunExclusions;
import dev.keywheel.run.RunFence;
import dev.keywheel.run.RunFencedException;
import dev.keywheel.run.RunRepository;
import dev.keywheel.settings.SettingsStore;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Assigns keys to runs and operations. Assigning locks the pool's row, so that assignments are
 * serialized across nodes; the lock is not held while keys are tested. Each assigned key gets the
 * next number of one sequence, so that no key is assigned twice before every other usable key has
 * been assigned once.
 */
public final class Assignments {
  private final Database database;
  private final KeyPool keys;
  private final KeySelector keySelector;
  private final LowPoolTests lowPoolTests;
  private final Providers providers;
  private final SettingsStore settings;
  private final ExecutionLog log;
  private final InstantSource clock;
  private final RunRepository runs = new RunRepository();

  public Assignments(
      Database database,
      KeyPool keys,
      Recovery recovery,
      Providers providers,
      SettingsStore settings,
      ExecutionLog log,
      InstantSource clock) {
    this.database = database;
    this.keys = keys;
    this.keySelector = new KeySelector(keys);
    this.lowPoolTests = new LowPoolTests(database, recovery, clock);
    this.providers = providers;
    this.settings = settings;
    this.log = log;
    this.clock = clock;
  }

  AssignmentSettings rule(UUID workspace) {
    return AssignmentSettings.of(settings, workspace);
  }

  /**
   * Plans a run: decides, tests the limited and failed keys if too few are active, assigns keys to
   * the seats in rotation order, and stores the plan with its log lines in one transaction. If keys
   * are tested, the lines of the first decision are stored before the tests, which block for up to
   * 30 s. Must be called without an open transaction.
   */
  public Assignment assign(AssignmentRequest request) {
    var rule = rule(request.run().pool().workspaceId());
    try {
      var first = database.inTx(tx -> decide(tx, request, rule));
      if (first.settled() != null) {
        return first.settled();
      }
      return decideAfterTests(
          request, rule, lowPoolTests.run(request.run(), first.testable(), rule.required()));
    } catch (RunFencedException lost) {
      return new Assignment.Fenced();
    }
  }

  /**
   * The first decision.
   *
   * @param settled null if the {@code testable} keys must be tested first
   */
  private record FirstDecision(@Nullable Assignment settled, List<UUID> testable) {
    static FirstDecision of(Assignment settled) {
      return new FirstDecision(settled, List.of());
    }
  }

  private FirstDecision decide(Tx tx, AssignmentRequest request, AssignmentSettings rule) {
    var pool = request.run().pool();
    keys.rotation().lock(tx, pool);
    requireHeld(tx, request);
    var paused = keys.status().findPause(tx, pool);
    if (paused.isPresent()) {
      return FirstDecision.of(reportPause(tx, request, paused.get()));
    }
    var excluded = excluded(tx, request.run());
    var counts = keys.status().counts(tx, pool);
    var usable = keys.rotation().findUsable(tx, pool, request.models(), excluded, rule.required());
    int active =
        usable.size() < rule.required()
            ? usable.size()
            : Math.max(
                usable.size(),
                keys.rotation().countUsable(tx, pool, request.models())
                    - countUsable(tx, excluded, request));
    var lines =
        new ArrayList<>(
            AssignmentLogMessages.need(rule, label(pool), counts.notDisabled(), request.user()));
    switch (AssignmentRule.decide(active, rule, false)) {
      case AssignmentDecision.Perfect _ -> lines.add(AssignmentLogMessages.perfect(active, rule));
      case AssignmentDecision.Sufficient _ ->
          lines.addAll(AssignmentLogMessages.sufficient(active, rule));
      case AssignmentDecision.RecoveryNeeded _ -> {
        var testable = lowPoolTests.testable(tx, pool);
        int unusable = counts.rateLimited() + counts.failed();
        lines.addAll(AssignmentLogMessages.insufficient(active, rule, testable.size(), unusable));
        log.append(tx, request.run().runId(), clock.instant(), lines);
        return new FirstDecision(null, testable);
      }
      case AssignmentDecision.AfterRecovery _, AssignmentDecision.None _ ->
          throw new IllegalStateException("No key has been tested yet");
    }
    boolean all = active == usable.size();
    return FirstDecision.of(assignAndStore(tx, request, rule, usable, all, lines));
  }

  private int countUsable(Tx tx, Set<UUID> excluded, AssignmentRequest request) {
    return (int)
        keys.find(tx, request.run().pool().workspaceId(), excluded).stream()
            .filter(key -> key.usableFor(request.models()))
            .count();
  }

  private Assignment decideAfterTests(
      AssignmentRequest request, AssignmentSettings rule, Set<UUID> recovered) {
    var pool = request.run().pool();
    var settled =
        database.inTx(
            tx -> {
              keys.rotation().lock(tx, pool);
              requireHeld(tx, request);
              var paused = keys.status().findPause(tx, pool);
              if (paused.isPresent()) {
                return Optional.of(reportPause(tx, request, paused.get()));
              }
              var usable = keySelector.activeThenRecovered(tx, request, rule.required(), recovered);
              return usable.isEmpty()
                  ? Optional.<Assignment>empty()
                  : Optional.of(
                      assignAndStore(
                          tx, request, rule, usable, usable.size() < rule.required(), List.of()));
            });
    return settled.orElseGet(() -> reportNoKeys(request));
  }

  private Assignment assignAndStore(
      Tx tx,
      AssignmentRequest request,
      AssignmentSettings rule,
      List<ApiKey> usable,
      boolean all,
      List<LogLine> before) {
    var plan =
        new Plan(
            all
                ? keySelector.assignAll(tx, usable, request.allOperations())
                : keySelector.assign(tx, usable));
    runs.storePlan(tx, request.run(), plan);
    RunExclusions.resetEmptyAssignments(tx, request.run().runId());
    var lines = new ArrayList<>(before);
    lines.addAll(
        AssignmentLogMessages.plan(plan, request.operations(), request.allOperations(), rule));
    log.append(tx, request.run().runId(), clock.instant(), lines);
    return new Assignment.Planned(plan);
  }

  private Assignment reportPause(Tx tx, AssignmentRequest request, PoolPause pause) {
    var line =
        AssignmentLogMessages.paused(label(request.run().pool()), pause.until(), pause.reason());
    log.append(tx, request.run().runId(), clock.instant(), List.of(line));
    return new Assignment.NoKeys(pause.until(), pause.reason());
  }

  private Assignment reportNoKeys(AssignmentRequest request) {
    var pool = request.run().pool();
    var none = recordNoKeys(request.run());
    var line = AssignmentLogMessages.none(label(pool), none.nextTry());
    database.runTx(
        tx -> {
          requireHeld(tx, request);
          log.append(tx, request.run().runId(), clock.instant(), List.of(line));
        });
    return none;
  }

  /**
   * Counts a try in which the run found no usable key; returns when to try again and why. A key
   * that the pool gains wakes the run earlier.
   */
  public Assignment.NoKeys recordNoKeys(RunFence run) {
    var pool = run.pool();
    int before = database.inTx(tx -> RunExclusions.countEmptyAssignment(tx, run.runId()));
    var counts = keys.status().counts(pool);
    var nextTry =
        AssignmentRule.nextTry(
            clock.instant(), keys.rechecks().findFirstLimitEnd(pool).orElse(Instant.MAX), before);
    return new Assignment.NoKeys(nextTry, AssignmentLogMessages.why(label(pool), counts));
  }

  /** See {@link KeySelector#excluded}. */
  public Set<UUID> excluded(Tx tx, RunFence run) {
    return keySelector.excluded(tx, run);
  }

  private static void requireHeld(Tx tx, AssignmentRequest request) {
    if (!RunRepository.isHeld(tx, request.run())) {
      throw new RunFencedException();
    }
  }

  private String label(PoolId pool) {
    return providers.byName(pool.provider()).label();
  }
}
