package dev.keywheel.time;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SharedValuesTest {
  private final AtomicInteger created = new AtomicInteger();
  private final SharedValues<String, Integer> values = new SharedValues<>(created::incrementAndGet);

  @Test
  void a_value_is_shared_until_its_last_user_ends() {
    assertThat(values.begin("a")).isEqualTo(1);
    assertThat(values.begin("a")).isEqualTo(1);
    assertThat(values.begin("b")).isEqualTo(2);

    values.end("a");
    assertThat(values.begin("a")).isEqualTo(1);

    values.end("a");
    values.end("a");
    assertThat(values.begin("a")).isEqualTo(3);
  }
}
