package dev.keywheel.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.Await;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

class AnonymousSlotsTest {
  private final AnonymousSlots slots = new AnonymousSlots();

  @Test
  void a_client_is_refused_at_once_when_too_many_wait() throws InterruptedException {
    int taken = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    for (int i = 0; i < taken; i++) {
      assertThat(slots.acquire()).isTrue();
    }
    ExecutorService waiting = Executors.newVirtualThreadPerTaskExecutor();
    try {
      for (int i = 0; i < AnonymousSlots.MAX_WAITING; i++) {
        waiting.submit(slots::acquire);
      }
      Await.until("all wait", () -> slots.waiting() == AnonymousSlots.MAX_WAITING);

      assertThat(slots.acquire()).isFalse();
    } finally {
      waiting.shutdownNow();
    }
    Await.until("none waits", () -> slots.waiting() == 0);
    slots.release(Duration.ZERO);
    assertThat(slots.acquire()).isTrue();
  }
}
