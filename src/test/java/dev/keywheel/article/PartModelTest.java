package dev.keywheel.article;

import static dev.keywheel.db.schema.Tables.RUNS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.article.run.model.PartName;
import dev.keywheel.problem.Rejected;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** A part regenerated with another model. */
class PartModelTest extends RunsOnOtherUpstream {
  PartModelTest() {
    super(9);
  }

  @Test
  void a_model_can_be_chosen_for_one_part_and_must_be_a_model_id() {
    var article = run().articleId();

    assertThatThrownBy(() -> part(article, "no model"))
        .isInstanceOf(Rejected.class)
        .hasMessageContaining("is not the id of a model");

    var run = part(article, " test/other-model ");
    var inputs =
        shop.pool.database.read(
            dsl ->
                dsl.select(RUNS.INPUTS).from(RUNS).where(RUNS.ID.eq(run)).fetchSingle(RUNS.INPUTS));
    assertThat(inputs.data()).contains("test/other-model");
  }

  private UUID part(UUID article, String model) {
    return shop.regeneration.regeneratePart(
        article, PartName.SECTION_1, null, "", model, shop.pool.admin, shop.pool.ids.next());
  }
}
