package dev.keywheel.gateway.seat;

import dev.keywheel.support.TestPool;
import org.junit.jupiter.api.AfterEach;

/** Tests of one node without its HTTP side, each over a pool of its own. */
abstract class SeatsOnOneNode {
  final TestPool pool = new TestPool();
  final TestGateway gateway = new TestGateway(pool);

  @AfterEach
  final void stop() {
    gateway.close();
    pool.close();
  }
}
