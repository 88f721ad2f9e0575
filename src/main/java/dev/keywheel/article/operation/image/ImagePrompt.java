package dev.keywheel.article.operation.image;

import dev.keywheel.article.operation.conversation.PromptText;
import dev.keywheel.article.plan.PagePlan;
import java.util.Map;

/** Operation 8: the prompt for the image model. There is no reply text to parse. */
public final class ImagePrompt {
  static final String ASPECT_RATIO = "16:9";

  private ImagePrompt() {}

  public static String of(PagePlan plan, String instruction) {
    var wish = instruction.isEmpty() ? "" : "\n" + instruction;
    return PromptText.of("image").user(Map.of("prompt", plan.image().prompt() + wish));
  }
}
