package dev.keywheel.article.run;

import dev.keywheel.article.operation.ImagePrompt;
import dev.keywheel.article.operation.RequestHash;
import dev.keywheel.article.page.Cover;
import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.run.Ended.Finished;
import dev.keywheel.article.run.Ended.NewBody;
import dev.keywheel.article.run.PartBodies.ImageBody;
import dev.keywheel.article.run.Worker.Task;
import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.ImageRequest;
import dev.keywheel.rotation.CallResult;
import dev.keywheel.rotation.CallSpec;
import dev.keywheel.rotation.Cause;
import dev.keywheel.rotation.SentAttempt;
import dev.keywheel.time.Pause;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Operation 8: the cover. An image model is asked; whatever goes wrong, the article gets a drawing
 * made here and says so. A picture is never a reason for an article to wait or to fail.
 */
final class Pictures {
  private static final Duration DEADLINE = Duration.ofSeconds(120);
  private static final int TRIES = 3;

  private final Pause pause;

  Pictures(Pause pause) {
    this.pause = pause;
  }

  Ended work(Task task, PagePlan plan) {
    var models = task.models().models().live(task.step().role(), task.models().catalogue());
    if (models.isEmpty()) {
      return local(plan, "No image model is set.");
    }
    var prompt = ImagePrompt.of(plan, task.instruction());
    var model = models.getFirst();
    var cause = task.first();
    var why = "";
    for (int tries = 0; tries < TRIES; tries++) {
      var exhausted = task.caller().runExhausted();
      if (exhausted.isPresent()) {
        return local(plan, exhausted.get());
      }
      switch (task.caller().call(spec(cause, model, prompt))) {
        case CallResult.Answered(var answer, var attempt) -> {
          switch (picture(answer)) {
            case Cover.Read.Usable(var png) -> {
              return delivered(plan, png, prompt, attempt);
            }
            case Cover.Read.Useless(var reason) -> {
              task.caller().invalid(attempt);
              return local(plan, reason);
            }
          }
        }
        case CallResult.NotKeyRelated(var outcome, var _) -> {
          if (!passing(outcome)) {
            return local(
                plan, "The image model did not deliver: " + outcome.evidence().rule() + ".");
          }
          why = outcome.evidence().rule();
          cause = Cause.RETRY;
          if (!slept(tries)) {
            return new Ended.Stopped(new CallResult.Interrupted());
          }
        }
        case CallResult.NoKey noKey -> {
          return local(plan, "No key could be used for an image model: " + noKey.why());
        }
        case CallResult.OutOfTime _ -> {
          return local(plan, "Its time was up.");
        }
        case CallResult.Cancelled cancelled -> {
          return new Ended.Stopped(cancelled);
        }
        case CallResult.Interrupted interrupted -> {
          return new Ended.Stopped(interrupted);
        }
        case CallResult.LostRun lost -> {
          return new Ended.Stopped(lost);
        }
      }
    }
    return local(plan, "The image model failed " + TRIES + " times: " + why + ".");
  }

  private boolean slept(int tries) {
    try {
      pause.sleep(Duration.ofSeconds(1L << tries));
      return true;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static boolean passing(CallOutcome outcome) {
    return outcome instanceof CallOutcome.Transient || outcome instanceof CallOutcome.Unreachable;
  }

  private static CallSpec spec(Cause cause, String model, String prompt) {
    return new CallSpec(
        cause,
        model,
        0,
        RequestHash.of(model + "\n" + prompt),
        (provider, key, _, left) ->
            provider.image(
                key,
                new ImageRequest(
                    model,
                    prompt,
                    ImagePrompt.ASPECT_RATIO,
                    left.compareTo(DEADLINE) < 0 ? left : DEADLINE)));
  }

  private static Cover.Read picture(CallOutcome.Answer answer) {
    var image = answer.image();
    return image == null
        ? new Cover.Read.Useless("The answer holds no picture.")
        : Cover.read(image);
  }

  private static Ended delivered(PagePlan plan, byte[] png, String prompt, SentAttempt attempt) {
    var body =
        new NewBody(
            PartName.IMAGE, new ImageBody(plan.image().alt(), "provider", ""), png, Map.of());
    return new Finished(
        OperationState.SUCCEEDED,
        List.of(body),
        List.of(),
        null,
        null,
        RequestHash.of(prompt),
        attempt,
        List.of());
  }

  private static Ended local(PagePlan plan, @Nullable String why) {
    var reason = why == null ? "" : why;
    var body =
        new NewBody(
            PartName.IMAGE,
            new ImageBody(plan.image().alt(), "local", reason),
            Cover.drawn(plan.title()),
            Map.of());
    return new Finished(
        OperationState.DEGRADED,
        List.of(body),
        List.of("Local cover: " + reason),
        "local_cover",
        "A cover drawn here is used. " + reason,
        null,
        null,
        List.of());
  }
}
