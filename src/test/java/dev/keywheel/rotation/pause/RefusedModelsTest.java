package dev.keywheel.rotation.pause;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.key.state.PoolId;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class RefusedModelsTest {
  private static final PoolId POOL = new PoolId(new UUID(1, 1), "openrouter");

  private final RefusedModels models = new RefusedModels();
  private Instant now = Instant.parse("2026-12-01T10:00:00Z");

  private boolean refusedAfter(String... accounts) {
    for (String account : accounts) {
      now = now.plusMillis(1);
      models.recordRefusal(POOL, account, "m", now, now);
    }
    return models.refuses(POOL, "m", now);
  }

  @Test
  void refusals_for_three_accounts_are_enough() {
    assertThat(refusedAfter("a", "b", "a", "b")).isFalse();
    assertThat(models.refuses(POOL, "other", now)).isFalse();
    assertThat(refusedAfter("c")).isTrue();
    assertThat(models.refuses(POOL, "other", now)).isFalse();
    assertThat(models.refuses(new PoolId(new UUID(1, 2), "openrouter"), "m", now)).isFalse();
  }

  @Test
  void six_refusals_for_one_account_are_enough() {
    assertThat(refusedAfter("a", "a", "a", "a", "a")).isFalse();
    assertThat(refusedAfter("a")).isTrue();
  }

  @Test
  void an_answer_shows_that_the_model_is_not_refused() {
    refusedAfter("a", "b");
    models.recordAnswer(POOL, "m", now);
    assertThat(refusedAfter("c")).isFalse();
    assertThat(refusedAfter("a", "b")).isTrue();
    models.recordAnswer(POOL, "m", now);
    assertThat(models.refuses(POOL, "m", now)).isFalse();
  }

  /** The checks of refused keys can end after the answer of another key. */
  @Test
  void refusals_of_calls_that_were_sent_before_an_answer_do_not_count() {
    Instant sent = now;
    models.recordAnswer(POOL, "m", now.plusSeconds(1));
    now = now.plusSeconds(2);
    for (String account : List.of("a", "b", "c")) {
      models.recordRefusal(POOL, account, "m", sent, now);
    }
    assertThat(models.refuses(POOL, "m", now)).isFalse();
  }

  @Test
  void refusals_are_forgotten_a_minute_after_the_last_one() {
    assertThat(refusedAfter("a", "b", "c")).isTrue();
    now = now.plusSeconds(59);
    assertThat(refusedAfter("a")).isTrue();
    now = now.plusSeconds(61);
    assertThat(models.refuses(POOL, "m", now)).isFalse();
    assertThat(refusedAfter("a")).isFalse();
  }

  @Test
  void refusals_are_forgotten_after_the_clock_was_set_back() {
    assertThat(refusedAfter("a", "b", "c")).isTrue();
    now = now.minusSeconds(3_600);
    assertThat(models.refuses(POOL, "m", now)).isFalse();
  }
}
