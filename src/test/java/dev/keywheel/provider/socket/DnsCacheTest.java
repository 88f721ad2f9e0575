package dev.keywheel.provider.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.support.Await;
import dev.keywheel.time.Deadline;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class DnsCacheTest {
  private static final Duration LONG = Duration.ofMinutes(5);

  @Test
  void an_unexpected_failure_of_a_lookup_ends_the_wait() {
    var host =
        new DnsCache(
            "api.example",
            name -> {
              throw new StackOverflowError(name);
            });
    assertThatThrownBy(() -> host.resolve(new Deadline(LONG)))
        .isInstanceOf(UnknownHostException.class);
  }

  @Test
  void a_slow_lookup_has_one_platform_thread_for_all_calls_and_is_repeated_after_a_failure()
      throws Exception {
    var threads = new CopyOnWriteArrayList<Thread>();
    var slow = new CountDownLatch(1);
    var host =
        new DnsCache(
            "api.example",
            name -> {
              threads.add(Thread.currentThread());
              try {
                slow.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              if (threads.size() == 1) {
                throw new UnknownHostException(name);
              }
              return new InetAddress[] {InetAddress.getLoopbackAddress()};
            });
    for (int call = 0; call < 3; call++) {
      assertThatThrownBy(() -> host.resolve(new Deadline(Duration.ofMillis(5))))
          .isInstanceOf(UnknownHostException.class);
    }
    Await.until("the lookup begins", () -> !threads.isEmpty());
    assertThat(threads).singleElement().matches(thread -> !thread.isVirtual());
    slow.countDown();
    threads.getFirst().join();

    assertThat(host.resolve(new Deadline(LONG)))
        .isEqualTo(List.of(InetAddress.getLoopbackAddress()));
    assertThat(threads).hasSize(2);
  }
}
