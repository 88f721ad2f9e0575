package dev.keywheel.article.run.engine;

import dev.keywheel.article.operation.image.ImageConversation;
import dev.keywheel.article.operation.image.ImageConversation.Drawn;
import dev.keywheel.article.operation.image.ImagePrompt;
import dev.keywheel.article.page.CoverImage;
import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.run.engine.OperationResult.Finished;
import dev.keywheel.article.run.engine.OperationResult.NewBody;
import dev.keywheel.article.run.engine.OperationRunner.Task;
import dev.keywheel.article.run.model.OperationState;
import dev.keywheel.article.run.model.PartBodies.ImageBody;
import dev.keywheel.article.run.model.PartName;
import dev.keywheel.db.Sha256;
import dev.keywheel.provider.CallOutcome;
import dev.keywheel.rotation.Attempt;
import java.util.List;
import java.util.Map;

/**
 * Operation 8: the cover. An image model is asked; whatever goes wrong, the article gets a drawing
 * made here and says so. A picture is never a reason for an article to wait or to fail.
 */
final class ImageOperation {
  OperationResult work(Task task, PagePlan plan) {
    var prompt = ImagePrompt.of(plan, task.instruction());
    var talk =
        new ImageConversation(
            prompt, task.models().queue(task.step()), task.caller(), task.first());
    var drawn = talk.ask();
    while (true) {
      switch (drawn) {
        case Drawn.Came(var answer, var attempt) -> {
          switch (picture(answer)) {
            case CoverImage.Read.Usable(var png) -> {
              return delivered(plan, png, prompt, attempt);
            }
            case CoverImage.Read.Useless(var reason) -> drawn = talk.another(reason, attempt);
          }
        }
        case Drawn.Nothing(var why) -> {
          return local(plan, why);
        }
        case Drawn.Stopped(var result) -> {
          return new OperationResult.Stopped(result);
        }
      }
    }
  }

  private static CoverImage.Read picture(CallOutcome.Answer answer) {
    var image = answer.image();
    return image == null
        ? new CoverImage.Read.Useless("The answer holds no picture.")
        : CoverImage.read(image);
  }

  private static OperationResult delivered(
      PagePlan plan, byte[] png, String prompt, Attempt attempt) {
    var body =
        new NewBody(
            PartName.IMAGE, new ImageBody(plan.image().alt(), "provider", ""), png, Map.of());
    return new Finished(
        OperationState.SUCCEEDED,
        List.of(body),
        List.of(),
        null,
        null,
        Sha256.hex(prompt),
        attempt,
        List.of());
  }

  private static OperationResult local(PagePlan plan, String reason) {
    var body =
        new NewBody(
            PartName.IMAGE,
            new ImageBody(plan.image().alt(), "local", reason),
            CoverImage.drawn(plan.title()),
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
