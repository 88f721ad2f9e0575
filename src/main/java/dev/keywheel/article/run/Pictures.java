package dev.keywheel.article.run;

import dev.keywheel.article.operation.ImagePrompt;
import dev.keywheel.article.operation.PictureTalk;
import dev.keywheel.article.operation.PictureTalk.Drawn;
import dev.keywheel.article.operation.RequestHash;
import dev.keywheel.article.page.Cover;
import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.run.Ended.Finished;
import dev.keywheel.article.run.Ended.NewBody;
import dev.keywheel.article.run.PartBodies.ImageBody;
import dev.keywheel.article.run.Worker.Task;
import dev.keywheel.provider.CallOutcome;
import dev.keywheel.rotation.SentAttempt;
import java.util.List;
import java.util.Map;

/**
 * Operation 8: the cover. An image model is asked; whatever goes wrong, the article gets a drawing
 * made here and says so. A picture is never a reason for an article to wait or to fail.
 */
final class Pictures {
  Ended work(Task task, PagePlan plan) {
    var prompt = ImagePrompt.of(plan, task.instruction());
    var talk =
        new PictureTalk(prompt, task.models().queue(task.step()), task.caller(), task.first());
    var drawn = talk.ask();
    while (true) {
      switch (drawn) {
        case Drawn.Came(var answer, var attempt) -> {
          switch (picture(answer)) {
            case Cover.Read.Usable(var png) -> {
              return delivered(plan, png, prompt, attempt);
            }
            case Cover.Read.Useless(var reason) -> drawn = talk.another(reason, attempt);
          }
        }
        case Drawn.Nothing(var why) -> {
          return local(plan, why);
        }
        case Drawn.Stopped(var result) -> {
          return new Ended.Stopped(result);
        }
      }
    }
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

  private static Ended local(PagePlan plan, String reason) {
    var body =
        new NewBody(
            PartName.IMAGE,
            new ImageBody(plan.image().alt(), "local", reason),
            Cover.drawn(plan.title()),
            Map.of());
    return new Finished(
        OperationState.DEGRADED,
        List.of(body),
        List.of(),
        "local_cover",
        "A cover drawn here is used. " + reason,
        null,
        null,
        List.of());
  }
}
