package dev.keywheel.db;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SchemaDriftTest {
  @Test
  void the_committed_schema_matches_the_migrations(@TempDir Path fresh) throws Exception {
    SchemaGenerator.generate(Path.of("db/migration"), fresh);
    assertThat(filesBelow(Path.of("src/main/jooq")))
        .as("src/main/jooq differs from db/migration; run mvn test-compile exec:exec@jooq")
        .isEqualTo(filesBelow(fresh));
  }

  private static Map<String, String> filesBelow(Path folder) throws IOException {
    var texts = new TreeMap<String, String>();
    try (var files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        texts.put(folder.relativize(file).toString(), Files.readString(file));
      }
    }
    return texts;
  }
}
