package dev.keywheel.gateway.seat;

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
}
