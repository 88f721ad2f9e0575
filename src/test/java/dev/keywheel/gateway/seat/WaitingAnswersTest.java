package dev.keywheel.gateway.seat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.gateway.token.TokenScope;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.Observations;
import dev.keywheel.provider.limit.KeyReason;
import dev.keywheel.provider.limit.LimitClass;
import dev.keywheel.provider.limit.LimitScope;
import dev.keywheel.support.Await;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.TestWheel;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Successful answers whose pool another transaction has locked. */
@Tag("full")
class WaitingAnswersTest {
  @AutoClose private final TestWheel wheel = new TestWheel();

  @Test
  void outcomes_are_stored_while_the_states_of_keys_wait_for_the_lock_of_their_pool() {
    var limited = wheel.pool.add(2).getFirst();
    var judge = TestSeats.judge(wheel);
    try (var node = new TestGateway(wheel.pool, wheel.pool.database, judge::applyAnswers)) {
      var key = node.granted(node.first(TokenScope.ALL)).key();
      var ended = node.granted(node.first(TokenScope.ALL));
      var now = wheel.pool.clock.instant();
      var limit =
          Observations.limited(
              now, LimitScope.KEY, LimitClass.ALL, KeyReason.FREE_MINUTE, now.plusSeconds(600));
      judge.apply(new RequestEvidence(false), key, TestGateway.MODEL, limit);
      wheel.pool.clock.tick(Duration.ofSeconds(1));
      var answer = Observations.answer(wheel.pool.clock.instant());
      wheel.pool.database.runTx(
          tx -> {
            wheel.pool.pool.rotation().lock(tx, wheel.pool.id);
            CompletableFuture.runAsync(
                    () -> judge.apply(new RequestEvidence(false), key, TestGateway.MODEL, answer))
                .join();
            Await.until("the answer waits", () -> TestDatabase.anotherWaitsForLock(tx));

            node.answered(ended);

            Await.until("the outcome is stored", () -> node.ledger.waiting() == 0);
            assertThat(TestDatabase.anotherWaitsForLock(tx)).isTrue();
          });
      Await.until(
          "the answer is applied", () -> wheel.pool.key(limited).status() == KeyStatus.ACTIVE);
    }
  }
}
