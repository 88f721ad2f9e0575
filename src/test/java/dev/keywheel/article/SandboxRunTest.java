package dev.keywheel.article;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keywheel.article.run.RunState;
import dev.keywheel.article.tool.ToolCheck;
import dev.keywheel.sandbox.Sandbox;
import dev.keywheel.sandbox.SandboxOptions;
import java.nio.charset.StandardCharsets;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SandboxRunTest {
  private Sandbox sandbox;
  private ArticleWorkshop shop;

  @BeforeEach
  void open() {
    sandbox = Sandbox.start(SandboxOptions.instant());
    shop =
        new ArticleWorkshop(
            "sandbox", sandbox.baseUrl(), ToolCheck.none("no browser in this test"));
  }

  @AfterEach
  void close() {
    shop.close();
    sandbox.close();
  }

  private void validKeys(int n) {
    shop.keys(
        "sandbox",
        IntStream.rangeClosed(1, n)
            .boxed()
            .flatMap(
                i ->
                    java.util.stream.Stream.of(
                        "key" + i + "@example.com", "sk-or-demo-valid-%02d".formatted(i)))
            .toArray(String[]::new));
  }

  @Test
  void one_run_makes_a_whole_article_with_a_key_for_each_operation() throws Exception {
    validKeys(9);
    var run = shop.generate(NewArticle.of("How much does a car loan cost", "sandbox"));
    shop.log(run.id()).forEach(System.out::println);
    run.operations()
        .forEach(
            o ->
                System.out.println(
                    o.ordinal()
                        + " "
                        + o.state()
                        + " "
                        + o.keyName()
                        + " "
                        + o.warnings()
                        + " "
                        + o.error()));
    var article = shop.articles.article(shop.pool.workspace, run.articleId());
    System.out.println(article.quality());
    var html =
        new String(
            shop.articles
                .download(shop.pool.workspace, run.articleId(), Articles.Format.HTML)
                .bytes(),
            StandardCharsets.UTF_8);
    assertEquals(RunState.COMPLETED, run.state());
    assertTrue(html.contains("<h1>"));
  }
}
