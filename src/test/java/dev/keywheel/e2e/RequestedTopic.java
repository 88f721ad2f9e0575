package dev.keywheel.e2e;

import dev.keywheel.article.plan.ArticleRequest;
import dev.keywheel.article.plan.Length;
import java.util.List;

/** A request for an article in which only the topic matters. */
final class RequestedTopic {
  private RequestedTopic() {}

  static ArticleRequest of(String topic) {
    return new ArticleRequest(
        topic, "en", "general readers", "clear and friendly", Length.STANDARD, List.of(), "", true);
  }
}
