package dev.keywheel.article;

import dev.keywheel.article.OtherUpstream.Request;
import dev.keywheel.article.edit.NewArticle;
import dev.keywheel.article.operation.conversation.Operation;
import dev.keywheel.article.view.RunView;
import java.util.List;
import org.junit.jupiter.api.AutoClose;

/** Tests of whole runs on {@link OtherUpstream}, with a pool of the given number of keys. */
abstract class RunsOnOtherUpstream {
  @AutoClose final OtherUpstream upstream = new OtherUpstream();
  @AutoClose final ArticleWorkshop shop = ArticleWorkshop.at(upstream);

  RunsOnOtherUpstream(int keys) {
    shop.addKeys(keys);
  }

  RunView run() {
    return shop.generate(NewArticle.of("Sourdough starter", "openrouter"));
  }

  List<Request> requests(Operation operation) {
    return upstream.requests.stream().filter(a -> a.operation().equals(operation.label())).toList();
  }
}
