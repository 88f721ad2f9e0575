package dev.keywheel.secret;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** A secret is opened in few places; this test lists each of them with its reason. */
final class SecretRevealTest {
  private static final Path SOURCES = Path.of("src/main/java/dev/keywheel");

  /**
   * The files that encrypt a secret, build a request, read a pending import, or show a secret to a
   * user.
   */
  private static final Set<String> ALLOWED =
      Set.of(
          "secret/Sealer.java",
          "secret/Vault.java",
          "provider/http/BearerCredential.java",
          "key/imports/ImportStore.java",
          "people/factor/AuthenticatorAppRepository.java", // computes the current code
          "web/gateway/IssuedPage.java", // an access token, which is not stored
          "web/keys/RevealedPage.java");

  @Test
  void only_the_listed_files_read_a_secret_in_plain_text() throws IOException {
    try (var files = Files.walk(SOURCES)) {
      Set<String> found =
          files
              .filter(file -> file.toString().endsWith(".java"))
              .filter(file -> read(file).contains(".reveal()"))
              .map(file -> SOURCES.relativize(file).toString().replace('\\', '/'))
              .collect(Collectors.toSet());
      assertThat(found).isEqualTo(ALLOWED);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
