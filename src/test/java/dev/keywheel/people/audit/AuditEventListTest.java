package dev.keywheel.people.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The list of audited actions in the documentation is the one of the code. */
class AuditEventListTest {
  private static final Pattern LISTED = Pattern.compile("(?m)^\\| `([^`]+)` \\|");

  /** A call that writes a line, up to its details; the action is a text in it. */
  private static final Pattern WRITTEN =
      Pattern.compile(
          "(?:\\brecord(?:Own)?\\(\\s*(?:audit,\\s*)?c?tx,|recordRefusal\\(|changes\\.(?:record|changed)\\(|enum Kind \\{|new Entry\\(|(?:var|String) action =)"
              + "(.*?)(?:Map\\.of|about|details|;)",
          Pattern.DOTALL);

  private static final Pattern CONSTANT =
      Pattern.compile("static final String [A-Z_]+ =\\s+\"([a-z]+ [a-z ]+)\";");

  private static final Pattern TEXT = Pattern.compile("\"([a-z-]+(?:[. ][a-z -]+)+)\"");

  /** Components that write, and names of details. */
  private static final Set<String> NO_ACTIONS =
      Set.of(
          "data retention",
          "the operator of the server",
          "audit log",
          "up to entry",
          "its hash",
          "with proof",
          "data key rotation");

  @Test
  void every_action_in_the_code_is_in_the_list_and_the_other_way_round() throws IOException {
    var listed =
        LISTED
            .matcher(Files.readString(Path.of("docs", "audit-events.md")))
            .results()
            .map(found -> found.group(1))
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(listed).isEqualTo(written());
  }

  private static Set<String> written() throws IOException {
    var actions = new TreeSet<String>();
    try (var files = Files.walk(Path.of("src/main/java/dev/keywheel"))) {
      for (var file : files.filter(it -> it.toString().endsWith(".java")).toList()) {
        var code = Files.readString(file);
        WRITTEN
            .matcher(code)
            .results()
            .flatMap(call -> TEXT.matcher(call.group(1)).results())
            .map(text -> text.group(1))
            .forEach(actions::add);
        if (file.getParent().endsWith("audit")) {
          CONSTANT.matcher(code).results().map(AuditEventListTest::text).forEach(actions::add);
        }
      }
    }
    actions.removeAll(NO_ACTIONS);
    return actions;
  }

  private static String text(MatchResult found) {
    return found.group(1);
  }
}
