package dev.keywheel.recovery.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** The thread that writes the results of a batch. */
class WriterThreadTest {
  @AutoClose private final WriterThread thread = new WriterThread();

  @Test
  void the_work_does_not_run_on_the_carrier_threads_of_the_checks() throws Exception {
    assertThat(WriterThread.result(thread.start(() -> Thread.currentThread().isVirtual())))
        .isFalse();
  }

  @Test
  void an_exception_of_the_work_reaches_the_job_unchanged() {
    var failed = new IllegalArgumentException("of the work");
    assertThatThrownBy(
            () ->
                WriterThread.result(
                    thread.start(
                        () -> {
                          throw failed;
                        })))
        .isSameAs(failed);
  }

  @Test
  void a_job_that_is_interrupted_interrupts_the_work() throws Exception {
    var begun = new CountDownLatch(1);
    var interrupted = new AtomicBoolean();
    var work =
        thread.start(
            () -> {
              begun.countDown();
              try {
                return new CountDownLatch(1).await(1, TimeUnit.HOURS);
              } catch (InterruptedException e) {
                interrupted.set(true);
                throw e;
              }
            });
    begun.await();
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> WriterThread.result(work)).isInstanceOf(InterruptedException.class);
    thread.close();
    assertThat(interrupted).isTrue();
  }
}
