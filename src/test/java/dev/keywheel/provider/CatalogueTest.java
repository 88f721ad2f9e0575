package dev.keywheel.provider;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.provider.openrouter.OpenRouter;
import dev.keywheel.secret.Secret;
import dev.keywheel.support.Await;
import dev.keywheel.support.TestClock;
import java.math.BigDecimal;
import java.net.URI;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CatalogueTest {
  private static final String MODELS =
      """
      {"data":[
        {"id":"acme/writer:free","name":"Acme Writer","context_length":32768,
         "pricing":{"prompt":"0","completion":"0","image":"0"},
         "supported_parameters":["temperature","structured_outputs","response_format"],
         "architecture":{"input_modalities":["text"],"output_modalities":["text"]},
         "per_request_limits":null},
        {"id":"acme/painter","context_length":"8192","pricing":{"prompt":"0.00003","completion":-1},
         "architecture":{"output_modalities":["image"]}},
        {"name":"nameless"},
        17]}\
      """;

  private final TestClock clock = new TestClock();
  private volatile String models = MODELS;

  @Test
  void models_are_read_with_their_features() throws Exception {
    try (var server = new ScriptedServer(connection -> connection.json(200, models));
        var provider = at(server)) {
      Catalogue catalogue = provider.catalogue();
      assertThat(catalogue.known()).isTrue();
      assertThat(catalogue.models().keySet()).isEqualTo(Set.of("acme/writer:free", "acme/painter"));
      ModelInfo writer = catalogue.model("acme/writer:free").orElseThrow();
      assertThat(writer.contextLength()).isEqualTo(32768);
      assertThat(writer.followsSchemas()).isTrue();
      assertThat(writer.answersJson()).isTrue();
      assertThat(writer.generatesImages()).isFalse();
      assertThat(ModelClass.of(writer.id())).isEqualTo(ModelClass.FREE);
      ModelInfo painter = catalogue.model("acme/painter").orElseThrow();
      assertThat(painter.name()).isEqualTo("acme/painter");
      assertThat(painter.generatesImages()).isTrue();
      assertThat(painter.promptPrice()).isEqualTo(new BigDecimal("0.00003"));
      assertThat(painter.completionPrice()).isNull();
      assertThat(painter.imagePrice()).isNull();
      String request = server.requests().getFirst();
      assertThat(request.contains("Authorization: Bearer none"))
          .as(request)
          .isTrue(); // a key that does not exist
    }
  }

  @Test
  void a_catalogue_that_is_an_hour_old_is_fetched_again_in_the_background() throws Exception {
    try (var server = new ScriptedServer(connection -> connection.json(200, models));
        var provider = at(server)) {
      provider.catalogue();
      clock.tick(Duration.ofHours(1));
      models = "{\"data\":[{\"id\":\"acme/new\"}]}";
      Await.until(
          "the new catalogue is in use",
          () -> provider.catalogue().models().keySet().equals(Set.of("acme/new")));
      assertThat(server.requests()).hasSize(2);
    }
  }

  @Test
  void without_an_answer_the_catalogue_is_unknown() throws Exception {
    try (var server = new ScriptedServer(connection -> connection.json(500, "{}"));
        var provider = at(server)) {
      assertThat(provider.catalogue().known()).isFalse();
    }
  }

  @Test
  void an_image_only_model_gets_an_image_only_request_from_the_start() throws Exception {
    try (var server = new ScriptedServer(connection -> connection.json(200, models));
        var provider = at(server)) {
      provider.catalogue();
      var key = Secret.of("sk-or-v1-1");
      provider.image(key, new ImageRequest("acme/painter", "x", "1:1", 0, Duration.ofSeconds(20)));
      assertThat(server.requests().getLast().contains("\"modalities\":[\"image\"]")).isTrue();
    }
  }

  private OpenRouter at(ScriptedServer server) {
    URI app = URI.create("http://127.0.0.1:8080");
    return new OpenRouter("openrouter", "OpenRouter", server.base(), app, clock);
  }
}
