package dev.keywheel.article;

import dev.keywheel.article.OtherUpstream.Request;
import dev.keywheel.article.edit.NewArticle;
import dev.keywheel.article.operation.conversation.Operation;
import dev.keywheel.article.view.RunView;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;

/** Tests of whole runs on {@link OtherUpstream}, with a pool of the given number of keys. */
abstract class RunsOnOtherUpstream {
  private static final NewArticle ARTICLE = NewArticle.of("Sourdough starter", "openrouter");

  @AutoClose final OtherUpstream upstream = new OtherUpstream();
  @AutoClose final ArticleWorkshop shop = ArticleWorkshop.at(upstream);

  RunsOnOtherUpstream(int keys) {
    shop.addKeys(keys);
  }

  @BeforeEach
  void answerAsUsual() {
    upstream.answerAsUsual();
    upstream.requests.clear();
  }

  RunView run() {
    return shop.generate(ARTICLE);
  }

  UUID begin() {
    return shop.begin(ARTICLE);
  }

  RunView view(UUID run) {
    return shop.runs.run(shop.pool.workspace, run);
  }

  List<Request> requests(Operation operation) {
    return upstream.requests.stream().filter(a -> a.operation().equals(operation.label())).toList();
  }
}
