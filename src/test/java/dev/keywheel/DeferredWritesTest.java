package dev.keywheel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.support.Await;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

class DeferredWritesTest {
  private final List<Integer> written = new CopyOnWriteArrayList<>();
  private final CountDownLatch first = new CountDownLatch(1);

  @Test
  void closing_waits_for_all_writes_in_order_and_accepts_no_more() throws Exception {
    var writes = new DeferredWrites();
    writes.execute(this::writeFirst);
    writes.execute(() -> written.add(2));
    assertThat(written).isEmpty();
    var closing = Thread.ofVirtual().start(writes::close);
    Await.until("it accepts no more", () -> refuses(writes));
    assertThat(closing.join(Duration.ofMillis(50))).as("closed").isFalse();
    first.countDown();
    closing.join();
    assertThat(written).isEqualTo(List.of(1, 2));
    assertThatThrownBy(() -> writes.execute(() -> written.add(3)))
        .isInstanceOf(RejectedExecutionException.class);
  }

  @Test
  void a_write_waits_while_the_queue_is_full_and_none_is_lost() throws InterruptedException {
    try (var writes = new DeferredWrites()) {
      writes.execute(this::writeFirst);
      for (int i = 2; i <= DeferredWrites.MAX_PENDING; i++) {
        writes.execute(() -> written.add(2));
      }
      var last = Thread.ofVirtual().start(() -> writes.execute(() -> written.add(3)));
      Await.until("it waits", () -> last.getState() == Thread.State.WAITING);
      first.countDown();
      last.join();
    }
    assertThat(written).hasSize(DeferredWrites.MAX_PENDING + 1).startsWith(1, 2).endsWith(2, 3);
  }

  private void writeFirst() {
    try {
      first.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    written.add(1);
  }

  private static boolean refuses(DeferredWrites writes) {
    try {
      writes.execute(() -> {});
      return false;
    } catch (RejectedExecutionException closed) {
      return true;
    }
  }
}
