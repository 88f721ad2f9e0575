package dev.keywheel.article.run.engine;

import dev.keywheel.article.operation.conversation.ConversationResult;
import dev.keywheel.article.operation.conversation.OperationError;
import dev.keywheel.article.operation.image.ImageConversation;
import dev.keywheel.article.page.CoverImage;
import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.run.engine.OperationResult.NewBody;
import dev.keywheel.article.run.engine.OperationResult.Output;
import dev.keywheel.article.run.engine.OperationRunner.Task;
import dev.keywheel.article.run.model.PartBodies.ImageBody;
import dev.keywheel.article.run.model.PartName;
import dev.keywheel.provider.CallOutcome.Answer;
import dev.keywheel.run.Attempt;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Operation 8: the cover. When no image model gives a usable image, a cover is drawn locally and
 * the reason is stored; a run does not fail because of its image.
 */
final class ImageOperation {
  private ImageOperation() {}

  static OperationResult work(Task task, PagePlan plan) {
    var prompt = ImageConversation.prompt(plan, task.instruction());
    var conversation =
        new ImageConversation(
            prompt, task.models().queue(task.operation()), task.caller(), task.first());
    var result = conversation.ask();
    while (true) {
      switch (result) {
        case ConversationResult.Usable<Answer>(var answer, var attempt) -> {
          switch (image(answer)) {
            case CoverImage.ReadResult.Usable(var png) -> {
              return new OperationResult.Succeeded(
                  output(task, "provider", "", plan, png, attempt));
            }
            case CoverImage.ReadResult.Unusable(var reason) ->
                result = conversation.askNextModel(reason, attempt);
          }
        }
        case ConversationResult.Failed<Answer>(var error, var detail) -> {
          var reason = error.text(detail);
          return new OperationResult.Degraded(
              output(task, "local", reason, plan, CoverImage.drawn(plan.title()), null),
              OperationError.LOCAL_COVER,
              reason);
        }
        case ConversationResult.Halted<Answer>(var halt) -> {
          return new OperationResult.Halted(halt);
        }
      }
    }
  }

  private static CoverImage.ReadResult image(Answer answer) {
    var image = answer.image();
    return image == null
        ? new CoverImage.ReadResult.Unusable("The answer contains no picture.")
        : CoverImage.read(image);
  }

  private static Output output(
      Task task, String origin, String why, PagePlan plan, byte[] png, @Nullable Attempt attempt) {
    var body = new ImageBody(plan.image().alt(), origin, why);
    var part = new NewBody(PartName.IMAGE, body, png, Map.of());
    return new Output(task.parts(), List.of(part), List.of(), attempt, List.of());
  }
}
