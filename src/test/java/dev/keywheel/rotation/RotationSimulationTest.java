package dev.keywheel.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.run.Plan;
import dev.keywheel.run.RunFence;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Each operation uses the key of its seat, whatever the order of starts and ends. */
class RotationSimulationTest extends CallsThroughPool {
  @Test
  void the_key_of_an_operation_depends_only_on_its_number() throws Exception {
    for (int keys = 1; keys <= 12; keys++) {
      t.pool.add("key" + keys);
      var random = new Random(keys);
      for (int round = 0; round < 2; round++) {
        var run = t.run();
        var plan = t.plan(run);
        int seats = Math.min(7, keys);
        assertThat(plan.seats()).hasSize(seats);
        var order = new ArrayList<>(IntStream.rangeClosed(1, 8).boxed().toList());
        Collections.shuffle(order, random);
        var used = round == 0 ? oneByOne(run, plan, order) : allAtOnce(run, plan, order);
        for (int i = 1; i <= 8; i++) {
          assertThat(used.get(i))
              .as("operation %d with %d keys, order %s", i, keys, order)
              .isEqualTo(plan.seats().get((i - 1) % seats).keyName());
        }
      }
    }
    assertThat(t.upstream.received()).hasSize(12 * 2 * 8);
    assertThat(t.upstream.checked()).isEmpty();
  }

  private TreeMap<Integer, String> oneByOne(RunFence run, Plan plan, List<Integer> order) {
    var used = new TreeMap<Integer, String>();
    order.forEach(ordinal -> used.put(ordinal, call(run, plan, ordinal)));
    return used;
  }

  private TreeMap<Integer, String> allAtOnce(RunFence run, Plan plan, List<Integer> order)
      throws Exception {
    var used = new TreeMap<Integer, String>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var calls = new TreeMap<Integer, java.util.concurrent.Future<String>>();
      order.forEach(o -> calls.put(o, threads.submit(() -> call(run, plan, o))));
      for (var call : calls.entrySet()) {
        used.put(call.getKey(), call.getValue().get());
      }
    }
    return used;
  }

  private String call(RunFence run, Plan plan, int ordinal) {
    return answeredBy(call(context(run, plan, ordinal)));
  }
}
