package dev.keywheel.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.DateTimeException;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StorableTimeTest {
  @Test
  void a_time_that_the_database_can_store_is_parsed() {
    var last = "9999-12-31T23:59:59Z";
    assertThat(StorableTime.parse(last)).isEqualTo(Instant.parse(last));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "+10000-01-01T00:00:00Z",
        "+1000000000-12-31T23:59:59.999999999Z",
        "-0001-12-31T23:59:59Z",
        "yesterday"
      })
  void any_other_time_is_refused(String text) {
    assertThatThrownBy(() -> StorableTime.parse(text)).isInstanceOf(DateTimeException.class);
  }
}
