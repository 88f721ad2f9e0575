package dev.keywheel.gateway.call;

import static dev.keywheel.gateway.call.TestNode.assertError;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.Statements;
import dev.keywheel.support.TestPool;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Requests for models that no alias and no catalogue of a provider with keys has. */
class UnknownModelTest {
  @AutoClose private static final TestPool pool = new TestPool();

  private final Statements statements = new Statements();

  @AutoClose private final TestNode node = new TestNode(pool, statements);

  @Test
  void each_request_reads_its_token_once_and_the_aliases_are_read_once_a_second() {
    assertError(node.chat(), 404, "model_not_found");
    statements.forget();

    for (int i = 0; i < 3; i++) {
      assertError(node.chat(), 404, "model_not_found");
    }
    assertThat(about("gateway_token_secrets")).hasSize(3);
    assertThat(about("gateway_aliases")).isEmpty();

    pool.clock.tick(Duration.ofSeconds(1));
    assertError(node.chat(), 404, "model_not_found");
    assertThat(about("gateway_aliases")).hasSize(1);
  }

  @Test
  void a_model_is_known_a_second_after_its_provider_got_its_first_key() {
    assertError(node.chat(), 404, "model_not_found");
    node.pool.add(1);

    pool.clock.tick(Duration.ofSeconds(1));

    assertThat(node.chat().statusCode()).isEqualTo(200);
  }

  @Test
  void an_embedding_model_without_its_maker_is_refused_with_the_form_of_such_ids() {
    node.pool.add(1);

    var response = node.post("/v1/embeddings", "{\"model\":\"text-embedding-3-small\"}");

    assertError(response, 404, "model_not_found");
    assertThat(TestNode.text(response))
        .contains("openai/text-embedding-3-small")
        .doesNotContain("GET /v1/models");
    assertThat(TestNode.text(node.post("/v1/embeddings", "{}"))).contains("must name a model");
  }

  private List<String> about(String table) {
    return statements.matching(sql -> sql.contains(table));
  }
}
