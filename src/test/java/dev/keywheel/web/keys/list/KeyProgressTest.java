package dev.keywheel.web.keys.list;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class KeyProgressTest {
  private static final UUID ID = UUID.randomUUID();

  @Test
  void a_change_of_only_the_title_changes_the_version() {
    assertThat(version("Disabling 5 keys")).isEqualTo(version("Disabling 5 keys"));
    assertThat(version("Undoing a change of 5 keys")).isNotEqualTo(version("Disabling 5 keys"));
  }

  @Test
  void the_version_of_many_changes_fits_in_a_header() {
    var one = new KeyProgress(ID, "Disabling 5 keys", 5, 0, "0 of 5", null);
    assertThat(KeyProgress.version(Collections.nCopies(100, one))).hasSizeLessThan(100);
  }

  private static String version(String title) {
    return KeyProgress.version(List.of(new KeyProgress(ID, title, 5, 0, "0 of 5", null)));
  }
}
