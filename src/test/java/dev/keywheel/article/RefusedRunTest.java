package dev.keywheel.article;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.OtherUpstream.Answer;
import dev.keywheel.article.operation.conversation.Operation;
import dev.keywheel.article.view.RunView;
import dev.keywheel.run.RunState;
import java.util.HashSet;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Whole runs whose calls are refused although their keys pass the key check. */
@Tag("full")
class RefusedRunTest extends RunsOnOtherUpstream {
  RefusedRunTest() {
    super(9);
  }

  private void refuse(int status, String message) {
    upstream.refuse(_ -> Optional.of(new Answer(status, message, "")));
  }

  private RunView resume(RunView waiting) {
    shop.pool.clock.set(waiting.waitUntil().plusSeconds(1));
    shop.work(waiting.id());
    return view(waiting.id());
  }

  @Test
  void a_run_whose_calls_are_refused_with_401_waits_and_continues_automatically() {
    refuse(401, "User not found.");

    var run = run();

    assertThat(run.state()).isEqualTo(RunState.WAITING_KEYS);
    assertThat(run.reason())
        .contains("401 key refused", "No key is marked", "check the accounts at the provider");
    assertThat(upstream.requests).hasSize(6);
    for (int i = 0; i < 12; i++) {
      run = resume(run);
      assertThat(run.state()).isEqualTo(RunState.WAITING_KEYS);
    }
    assertThat(upstream.requests).as("two keys for each wait").hasSize(6 + 4 * 12);
    assertThat(shop.pool.pool.status().counts(shop.pool.id).active()).isEqualTo(9);
    upstream.answerAsUsual();
    assertThat(resume(run).state()).isEqualTo(RunState.COMPLETED);
  }

  @Test
  void a_run_whose_calls_are_all_refused_with_403_waits_instead_of_failing() {
    refuse(403, "Forbidden");

    var run = run();

    assertThat(run.state()).isEqualTo(RunState.WAITING_KEYS);
    assertThat(run.reason()).contains("403 key refused");
    assertThat(upstream.requests).hasSizeLessThanOrEqualTo(6);
    upstream.answerAsUsual();
    assertThat(resume(run).state()).isEqualTo(RunState.COMPLETED);
  }

  @Test
  void a_403_for_one_model_leads_to_the_next_one() {
    var models = new HashSet<String>();
    upstream.refuse(
        request -> {
          models.add(request.model());
          return request.model().equals(upstream.requests.getFirst().model())
              ? Optional.of(new Answer(403, "Forbidden", ""))
              : Optional.empty();
        });

    var run = run();

    assertThat(run.state()).isEqualTo(RunState.COMPLETED);
    assertThat(requests(Operation.META)).hasSize(3);
    assertThat(models).hasSizeGreaterThan(1);
    assertThat(shop.log(run.id()))
        .anyMatch(line -> line.contains("is refused although the keys pass their check, trying "))
        .noneMatch(line -> line.contains("waits for the model"));
  }
}
