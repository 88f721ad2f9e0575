package dev.keywheel.web.articles.edit;

import dev.keywheel.article.page.ArticleBody.Block;
import dev.keywheel.article.page.ArticleBody.Part;
import dev.keywheel.article.run.model.PartName;
import dev.keywheel.web.articles.ArticlePage;
import dev.keywheel.web.page.Flash;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The saved block and the state of the article, as a fragment for the page of the article. */
public record SavedBlock(ArticlePage page, PartName part, String id, Flash message) {

  /** The block; empty if it has no text and is therefore not on the page. */
  public Optional<Block> block() {
    return blocks().filter(block -> block.id().equals(id)).findFirst();
  }

  private Stream<Block> blocks() {
    var body = page.article().body();
    if (body == null) {
      return Stream.empty();
    }
    return switch (part) {
      case GUIDE -> Stream.ofNullable(body.guide()).map(Part::blocks).flatMap(List::stream);
      case SECTION_1, SECTION_2 -> body.sections().stream().map(Part::blocks).flatMap(List::stream);
      case FAQ ->
          Stream.ofNullable(body.faq())
              .flatMap(faq -> faq.answers().stream())
              .map(
                  answer ->
                      new Block(
                          answer.anchor(), answer.anchor(), answer.question(), answer.html()));
      case PLAN, TOOL, REVIEW, IMAGE -> Stream.empty();
    };
  }
}
