package dev.keywheel;

import dev.keywheel.config.Config.KekLocation;
import dev.keywheel.support.Await;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.TestPool;
import java.util.List;
import org.junit.jupiter.api.Test;

class CatalogueAtStartTest {
  private static final KekLocation KEK = new KekLocation.Value(TestPool.KEK);

  @Test
  void a_node_fetches_the_catalogue_of_a_provider_with_keys_at_its_start() {
    try (var database = TestDatabase.create()) {
      try (var app = RunningApp.on(database, KEK)) {
        app.addKeys("openrouter", List.of("sk-or-demo-valid-1"));
      }
      try (var app = RunningApp.on(database, KEK)) {
        Await.until(
            "the catalogue is fetched",
            () ->
                app.upstream().requests().calls().stream()
                    .anyMatch(call -> call.path().equals("/models")));
      }
    }
  }
}
