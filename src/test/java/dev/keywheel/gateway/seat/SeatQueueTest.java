package dev.keywheel.gateway.seat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.gateway.ledger.GatewayRequest;
import dev.keywheel.gateway.token.GatewayOperation;
import dev.keywheel.gateway.token.TokenScope;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.time.Delayer;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;

/** When waiting requests for one pool are served together. Uses no database. */
class SeatQueueTest {
  private final List<Integer> batches = new ArrayList<>();
  private int waits;

  @Test
  void requests_that_arrive_after_a_large_batch_are_served_together() {
    serve(SeatQueue.GATHER_FROM, wait -> wait <= 2 ? 3 : 0);

    assertThat(batches).containsExactly(SeatQueue.GATHER_FROM, 6);
    assertThat(waits).as("two waits with arrivals, and the last one without").isEqualTo(3);
  }

  @Test
  void after_a_small_batch_the_next_one_starts_at_once() {
    serve(SeatQueue.GATHER_FROM - 1, _ -> 0);

    assertThat(batches).containsExactly(SeatQueue.GATHER_FROM - 1);
    assertThat(waits).isZero();
  }

  @Test
  void requests_that_keep_arriving_wait_ten_times_at_most() {
    serve(SeatQueue.GATHER_FROM, wait -> wait <= 15 ? 1 : 0);

    assertThat(batches).containsExactly(SeatQueue.GATHER_FROM, 10, 5);
  }

  @Test
  void enough_requests_do_not_wait_for_more() {
    serve(SeatQueue.GATHER_FROM, wait -> wait == 1 ? SeatQueue.GATHER_UNTIL : wait == 2 ? 1 : 0);

    assertThat(batches).startsWith(SeatQueue.GATHER_FROM, SeatQueue.GATHER_UNTIL);
  }

  @Test
  void requests_that_arrive_before_a_batch_fails_are_served_without_a_further_request() {
    var tasks = new ArrayDeque<Runnable>();
    var queue = new SeatQueue[1];
    queue[0] =
        new SeatQueue(
            tasks::add,
            batch -> {
              batches.add(batch.size());
              if (batches.size() == 1) {
                join(queue[0], 2);
                throw new OutOfMemoryError("Java heap space");
              }
            },
            Delayer.real());
    join(queue[0], 1);

    assertThatThrownBy(() -> tasks.remove().run()).isInstanceOf(OutOfMemoryError.class);

    assertThat(tasks).hasSize(1);
    tasks.remove().run();
    assertThat(batches).containsExactly(1, 2);
  }

  @Test
  void requests_that_join_while_no_thread_can_be_started_are_refused_at_once() {
    var grant = new CompletableFuture<SeatGrant>();
    var queue = new SeatQueue[1];
    queue[0] =
        new SeatQueue(
            _ -> {
              queue[0].join(new PendingSeat(request(), grant));
              throw new OutOfMemoryError("unable to create native thread");
            },
            batch -> batches.add(batch.size()),
            Delayer.real());

    assertThatThrownBy(() -> join(queue[0], 1)).isInstanceOf(OutOfMemoryError.class);

    assertThat(grant.getNow(null)).isInstanceOf(SeatGrant.Unavailable.class);
  }

  /**
   * @param arriving returns how many requests arrive during a wait, given its number (from 1)
   */
  private void serve(int first, IntUnaryOperator arriving) {
    var task = new ArrayList<Runnable>();
    var queue = new SeatQueue[1];
    queue[0] =
        new SeatQueue(
            task::add,
            batch -> batches.add(batch.size()),
            _ -> join(queue[0], arriving.applyAsInt(++waits)));
    join(queue[0], first);
    task.getFirst().run();
  }

  private static void join(SeatQueue queue, int requests) {
    for (int i = 0; i < requests; i++) {
      queue.join(new PendingSeat(request(), new CompletableFuture<>()));
    }
  }

  private static SeatRequest request() {
    var id = UUID.randomUUID();
    var request =
        new GatewayRequest(
            id, id, id, "token", GatewayOperation.CHAT, "m", false, "", null, null, Instant.EPOCH);
    return new SeatRequest(
        request, null, TokenScope.ALL, true, 1, new PoolId(id, "p"), "m", new TriedKeys(), null);
  }
}
