package dev.keywheel.gateway.seat;

import dev.keywheel.rotation.pause.PauseProbes;
import dev.keywheel.support.TestPool;
import org.junit.jupiter.api.AfterEach;

/** Tests of one node without HTTP, each with its own pool. */
abstract class SeatsOnOneNode {
  final TestPool pool = new TestPool();
  final TestGateway gateway = new TestGateway(pool);

  @AfterEach
  final void stop() {
    gateway.close();
    pool.close();
  }

  /** A batch of a node on which no key has a call. */
  final SeatBatch batch() {
    return batch(new CallsPerKey());
  }

  final SeatBatch batch(CallsPerKey calls) {
    return new SeatBatch(
        pool.pool.rotation(), gateway.ledger, pool.ids, calls, pool.clock, new PauseProbes());
  }
}
