package dev.keywheel.fault;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keywheel.db.Json;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.TestDatabase;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The output in JSON, as read by a log collector. */
@Timeout(120)
@Tag("full")
class JsonLogIT {
  @TempDir private Path folder;

  @Test
  void every_line_is_a_json_object_and_a_line_about_a_request_names_node_and_request()
      throws Exception {
    try (var database = TestDatabase.create();
        var keywheel =
            new StartedKeywheel(
                    folder,
                    Map.of(
                        "DATABASE_URL",
                        database.address().jdbcUrl(),
                        "KEYWHEEL_KEK",
                        OnDatabase.KEK,
                        "KEYWHEEL_LOG",
                        "json",
                        "PATH",
                        "/nonexistent"))
                .awaitReady()) {
      var report = new HttpBrowser(address(keywheel)).post("/csp", "blocked", "inline");
      keywheel.awaitLine("Content security policy report");
      keywheel.terminate();
      keywheel.awaitEnd(Duration.ofSeconds(60));

      var lines = lines(keywheel);

      assertThat(lines).allMatch(JsonNode::isObject);
      assertThat(lines)
          .as("the node is known before it is ready")
          .filteredOn(line -> !line.path("threadName").asText().equals("main"))
          .isNotEmpty()
          .allMatch(JsonLogIT::namesItsNode);
      assertThat(lines)
          .extracting(line -> line.path("formattedMessage").asText())
          .contains("Keywheel is starting", "Keywheel is ready", "Keywheel is stopping");
      var reported =
          lines.stream()
              .filter(line -> line.path("formattedMessage").asText().startsWith("Content security"))
              .findFirst()
              .orElseThrow();
      assertThat(reported.at("/mdc/request").asText())
          .isEqualTo(report.header("X-Request-Id").orElseThrow());
    }
  }

  private static boolean namesItsNode(JsonNode line) {
    return line.at("/context/properties/node").asText().startsWith("node-");
  }

  private static List<JsonNode> lines(StartedKeywheel keywheel) {
    return keywheel.output().lines().map(line -> Json.read(line, JsonNode.class)).toList();
  }

  private static URI address(StartedKeywheel keywheel) {
    return lines(keywheel).stream()
        .map(line -> line.path("formattedMessage").asText())
        .filter(message -> message.startsWith("Address"))
        .map(message -> URI.create(message.substring("Address".length()).strip()))
        .findFirst()
        .orElseThrow();
  }
}
