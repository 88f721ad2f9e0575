package dev.keywheel.people.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.people.audit.event.AuditAction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The documentation and the code list the same audited actions. */
class AuditEventListTest {
  private static final Pattern LISTED = Pattern.compile("(?m)^\\| `([^`]+)` \\|");

  @Test
  void the_documentation_lists_every_action_once() throws IOException {
    var documented =
        LISTED
            .matcher(Files.readString(Path.of("docs", "audit-events.md")))
            .results()
            .map(found -> found.group(1));
    var actions = Arrays.stream(AuditAction.values()).map(AuditAction::text);
    assertThat(documented).containsExactlyInAnyOrderElementsOf(actions.toList());
  }

  @Test
  void every_action_is_recorded_somewhere_in_the_code() throws IOException {
    try (var files = Files.walk(Path.of("src/main/java"))) {
      var words = new HashSet<String>();
      for (var file : files.filter(it -> it.toString().endsWith(".java")).toList()) {
        if (!file.endsWith("AuditAction.java")) {
          words.addAll(List.of(Files.readString(file).split("\\W+")));
        }
      }
      assertThat(AuditAction.values()).extracting(AuditAction::toString).isSubsetOf(words);
    }
  }
}
