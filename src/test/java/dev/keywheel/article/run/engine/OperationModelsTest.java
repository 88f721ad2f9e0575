package dev.keywheel.article.run.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.operation.conversation.ModelFailure;
import dev.keywheel.article.operation.conversation.ModelRole;
import dev.keywheel.article.operation.conversation.Models;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.provider.Catalogue;
import dev.keywheel.support.TestClock;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The order of models in a run in which some have failed. */
class OperationModelsTest {
  private static final PoolId POOL = new PoolId(new UUID(1, 1), "openrouter");

  private final UnavailableModels unavailableModels = new UnavailableModels(new TestClock());
  private final OperationModels models = ofRun();

  private OperationModels ofRun() {
    var lists = new Models(Map.of(ModelRole.WRITER, List.of("a", "b", "c")));
    return new OperationModels(lists, Catalogue.unknown(), unavailableModels, POOL);
  }

  private List<String> writers() {
    return models.list(ModelRole.WRITER, null);
  }

  @ParameterizedTest
  @EnumSource(
      value = ModelFailure.class,
      names = {
        "EMPTY",
        "ONLY_REASONING",
        "ONLY_TOOL_CALLS",
        "TOKENS_SPENT_ON_REASONING",
        "TIMED_OUT"
      })
  void a_model_that_twice_gave_nothing_usable_comes_last_until_it_answers(ModelFailure failure) {
    models.recordFailure("a", failure);
    assertThat(writers()).containsExactly("a", "b", "c");
    models.recordFailure("a", failure);
    assertThat(writers()).containsExactly("b", "c", "a");
    assertThat(ofRun().list(ModelRole.WRITER, null)).as("another run").startsWith("a");
    models.recordAvailable("a");
    assertThat(writers()).containsExactly("a", "b", "c");
  }

  @Test
  void a_model_that_is_not_offered_comes_last_at_once() {
    models.recordFailure("b", ModelFailure.NOT_OFFERED);
    models.recordFailure("a", ModelFailure.REFUSED);
    models.recordFailure("a", ModelFailure.REFUSED);
    assertThat(writers()).containsExactly("a", "c", "b");
  }
}
