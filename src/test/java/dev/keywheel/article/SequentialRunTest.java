package dev.keywheel.article;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.run.RunMode;
import dev.keywheel.run.RunState;
import dev.keywheel.support.Statements;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Runs that work on one operation at a time. */
class SequentialRunTest extends RunsOnOtherUpstream {
  SequentialRunTest() {
    super(9);
  }

  @Test
  void each_operation_of_a_sequential_run_is_marked_as_ready_once() {
    var run = shop.begin(ArticleWorkshop.form("en", RunMode.SEQUENTIAL, Map.of()));
    var statements = new Statements();
    shop.node(statements.over(shop.pool.database)).work(run);

    assertThat(view(run).state()).isEqualTo(RunState.COMPLETED);
    var marked =
        statements.matching(sql -> sql.startsWith("update") && sql.contains("\"ordinal\" in"));
    assertThat(marked).isNotEmpty();
    assertThat(
            marked.stream()
                .mapToLong(
                    sql ->
                        sql.substring(sql.indexOf("in (")).chars().filter(c -> c == '?').count()
                            - 1)
                .sum())
        .as(() -> String.join("\n", marked))
        .isLessThan(8);
  }
}
