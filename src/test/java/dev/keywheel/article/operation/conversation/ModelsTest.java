package dev.keywheel.article.operation.conversation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.provider.Catalogue;
import dev.keywheel.provider.ModelInfo;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The selection of models for a role. */
class ModelsTest {
  private static ModelInfo offer(String id, int context, String... outputs) {
    return new ModelInfo(id, id, 0, context, Set.of(), Set.of(outputs), null, null, null);
  }

  private static Catalogue catalogue(ModelInfo... offers) {
    var models = new LinkedHashMap<String, ModelInfo>();
    Stream.of(offers).forEach(o -> models.put(o.id(), o));
    return new Catalogue(Instant.EPOCH, models);
  }

  @Test
  void models_that_are_not_offered_are_skipped_and_an_unusable_list_is_replaced() {
    var lists =
        new Models(Map.of(ModelRole.WRITER, List.of("a/gone:free", "b/there:free", "c/paid")));
    var offers = catalogue(offer("b/there:free", 8_000, "text"), offer("c/paid", 9_000, "text"));
    assertThat(lists.candidates(ModelRole.WRITER, offers))
        .isEqualTo(List.of("b/there:free", "c/paid"));
    var others =
        catalogue(
            offer("d/small:free", 31_000, "text"),
            offer("e/large:free", 64_000, "text"),
            offer("f/larger:free", 128_000, "text"),
            offer("g/paid", 200_000, "text"),
            offer("h/paints:free", 200_000, "image"));
    assertThat(lists.candidates(ModelRole.WRITER, others))
        .isEqualTo(List.of("f/larger:free", "e/large:free"));
    assertThat(lists.candidates(ModelRole.WRITER, Catalogue.unknown()))
        .isEqualTo(List.of("a/gone:free", "b/there:free", "c/paid"));
  }

  @Test
  void the_model_chosen_for_a_run_precedes_the_list() {
    var lists = Models.DEFAULT.preferring(Map.of(ModelRole.WRITER, "x/own"));
    assertThat(lists.of(ModelRole.WRITER).getFirst()).isEqualTo("x/own");
    assertThat(lists.of(ModelRole.WRITER).subList(1, lists.of(ModelRole.WRITER).size()))
        .isEqualTo(Models.DEFAULT.of(ModelRole.WRITER));
    assertThat(lists.of(ModelRole.CODER)).isEqualTo(Models.DEFAULT.of(ModelRole.CODER));
  }
}
