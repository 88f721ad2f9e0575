package dev.keywheel.fault.history;

import dev.keywheel.fault.history.Schedule.DatabaseAway;
import dev.keywheel.fault.history.Schedule.DatabaseCut;
import dev.keywheel.fault.history.Schedule.DatabaseRestart;
import dev.keywheel.fault.history.Schedule.DatabaseSilent;
import dev.keywheel.fault.history.Schedule.Fault;
import dev.keywheel.fault.history.Schedule.Freeze;
import dev.keywheel.fault.history.Schedule.Kill;
import dev.keywheel.fault.history.Schedule.Spell;
import dev.keywheel.fault.history.Schedule.Terminate;
import dev.keywheel.fault.history.Schedule.UpstreamAway;
import dev.keywheel.fault.history.Schedule.UpstreamSilent;
import dev.keywheel.sandbox.server.Sandbox;
import dev.keywheel.support.OwnPostgres;
import dev.keywheel.time.Delayer;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;

/** Injects the faults of a schedule and repairs them. A node or server has one fault at a time. */
record FaultInjector(
    List<Node> nodes,
    OwnPostgres postgres,
    String database,
    Sandbox sandbox,
    Clients clients,
    long seed) {

  /** Blocks until the fault ends. */
  void inject(Fault fault) throws InterruptedException {
    switch (fault) {
      case Kill(int node, var length) -> {
        synchronized (nodes.get(node)) {
          nodes.get(node).kill();
          wait(length);
          nodes.get(node).start().awaitReady();
        }
      }
      case Terminate(int node, var length) -> {
        synchronized (nodes.get(node)) {
          nodes.get(node).terminate();
          wait(length);
          nodes.get(node).start().awaitReady();
        }
      }
      case Freeze(int node, var length) -> {
        synchronized (nodes.get(node)) {
          nodes.get(node).signal("STOP");
          wait(length);
          nodes.get(node).signal("CONT");
        }
      }
      case DatabaseRestart _ -> {
        synchronized (postgres) {
          postgres.stopImmediately();
          postgres.start();
        }
      }
      case DatabaseAway(var length) -> {
        synchronized (postgres) {
          postgres.stop();
          wait(length);
          postgres.start();
        }
      }
      case DatabaseCut _ -> {
        synchronized (postgres) {
          postgres.cutConnections(database);
        }
      }
      case DatabaseSilent(int node, var length) ->
          during(length, nodes.get(node).database::silence, nodes.get(node).database::heal);
      case UpstreamAway(int node, var length) ->
          during(length, nodes.get(node).upstream::refuse, nodes.get(node).upstream::heal);
      case UpstreamSilent(int node, var length) ->
          during(length, nodes.get(node).upstream::silence, nodes.get(node).upstream::heal);
      case Spell(var behaviour, int percent, var length) -> {
        var dice = new SplittableRandom(seed);
        var hit = clients.secrets().stream().filter(s -> dice.nextInt(100) < percent).toList();
        during(
            length,
            () -> hit.forEach(key -> sandbox.setBehaviour(key, behaviour)),
            () -> hit.forEach(key -> sandbox.setBehaviour(key, "valid")));
      }
    }
  }

  private static void during(Duration length, Runnable begin, Runnable end)
      throws InterruptedException {
    begin.run();
    wait(length);
    end.run();
  }

  private static void wait(Duration length) throws InterruptedException {
    Delayer.real().sleep(length);
  }
}
