package dev.keywheel.article;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import dev.keywheel.article.edit.NewArticle;
import dev.keywheel.article.operation.conversation.ModelRole;
import dev.keywheel.article.tool.ToolCheck;
import dev.keywheel.article.view.ArticleService.Format;
import dev.keywheel.article.view.RunView;
import dev.keywheel.people.audit.event.AuditEvent;
import dev.keywheel.people.audit.event.AuditFilter;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.people.identity.Role;
import dev.keywheel.problem.NotFound;
import dev.keywheel.problem.Rejected;
import dev.keywheel.run.RunState;
import dev.keywheel.sandbox.server.Sandbox;
import dev.keywheel.sandbox.server.SandboxOptions;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("full")
class SandboxRunTest {
  @AutoClose private final Sandbox sandbox = Sandbox.start(SandboxOptions.instant());

  @AutoClose
  private final ArticleWorkshop shop =
      new ArticleWorkshop("sandbox", sandbox.baseUrl(), ToolCheck.none("no browser in this test"));

  private void addValidKeys(int n) {
    shop.addKeys(
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
  void one_run_writes_an_article_with_one_key_per_operation() {
    addValidKeys(9);
    var run = shop.generate(NewArticle.of("How much does a car loan cost", "sandbox"));
    assertThat(run.state()).as(run::reason).isEqualTo(RunState.COMPLETED);
    assertThat(run.operations().stream().map(RunView.OperationView::keyName).toList())
        .isEqualTo(
            IntStream.rangeClosed(1, 8)
                .mapToObj(i -> "key" + ((i - 1) % 7 + 1) + "@example.com")
                .toList());
    var quality = shop.articles.article(shop.pool.workspace, run.articleId()).quality();
    assertThat(quality != null && quality.score() >= 85).as(() -> String.valueOf(quality)).isTrue();
  }

  @Test
  void a_download_is_recorded_and_a_refused_one_is_not() {
    addValidKeys(9);
    var article = shop.generate(form("")).articleId();
    var viewer =
        new Principal(UUID.randomUUID(), "vic@x.org", shop.pool.workspace, Role.VIEWER, false);
    var unknown = UUID.randomUUID();
    assertThatThrownBy(() -> shop.articles.download(viewer, unknown, Format.MARKDOWN))
        .isInstanceOf(NotFound.class);
    shop.articles.download(viewer, article, Format.MARKDOWN);
    var downloads = new AuditFilter("", "article.downloaded", "");
    assertThat(shop.pool.audit.newest(shop.pool.workspace, downloads, null, 9))
        .extracting(AuditEvent::actor, AuditEvent::subject, AuditEvent::details)
        .containsExactly(
            tuple("vic@x.org", article.toString(), new TreeMap<>(Map.of("format", "markdown"))));
  }

  private static NewArticle form(String model) {
    return ArticleWorkshop.sandboxForm(Map.of(ModelRole.WRITER, model));
  }

  @Test
  void a_model_chosen_for_a_run_is_used_for_it() {
    addValidKeys(7);
    var model = "deepseek/deepseek-r1-0528:free";
    var run = shop.generate(form(" " + model + " "));
    assertThat(run.state()).as(run::reason).isEqualTo(RunState.COMPLETED);
    assertThat(run.operations().get(4).attempts().getFirst().model()).isEqualTo(model);
    assertThat(run.operations().get(1).attempts().getFirst().model())
        .as("the model of the coder")
        .isNotEqualTo(model);
  }

  @ParameterizedTest
  @CsvSource({
    "nobody/has-this,does not offer nobody/has-this now",
    "two words,is not the id of a model"
  })
  void a_model_that_is_not_offered_is_refused_before_anything_starts(String model, String why) {
    addValidKeys(1);
    var rejected = catchThrowableOfType(Rejected.class, () -> shop.generate(form(model)));
    assertThat(rejected.field().orElseThrow()).isEqualTo("model_writer");
    assertThat(rejected.getMessage().contains(why)).as(rejected.getMessage()).isTrue();
  }
}
