package dev.keywheel.article.run.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.key.state.PoolId;
import dev.keywheel.support.TestClock;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class UnavailableModelsTest {
  private static final PoolId POOL = new PoolId(new UUID(1, 1), "openrouter");
  private static final PoolId OTHER = new PoolId(new UUID(2, 2), "openrouter");

  private final TestClock clock = new TestClock();
  private final UnavailableModels models = new UnavailableModels(clock);

  @Test
  void a_model_refused_to_one_workspace_stays_available_to_others() {
    models.record(POOL, "maker/model");

    assertThat(models.of(POOL)).containsExactly("maker/model");
    assertThat(models.of(OTHER)).isEmpty();
    models.forget(OTHER, "maker/model");
    assertThat(models.of(POOL)).as("an answer of another workspace").hasSize(1);
    models.forget(POOL, "maker/model");
    assertThat(models.of(POOL)).isEmpty();
  }

  @Test
  void a_model_is_forgotten_after_an_hour() {
    models.record(POOL, "maker/model");
    clock.tick(Duration.ofMinutes(59));
    assertThat(models.of(POOL)).hasSize(1);
    clock.tick(Duration.ofMinutes(1));
    assertThat(models.of(POOL)).isEmpty();
  }
}
