package dev.keywheel.provider.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class LenientJsonTest {
  @ParameterizedTest
  @MethodSource
  void a_time_is_read_only_if_the_database_can_store_it(String text, Optional<Instant> time) {
    var json = JsonNodeFactory.instance.objectNode().put("at", text);
    assertThat(LenientJson.instant(json, "at")).isEqualTo(time);
  }

  static Arguments[] a_time_is_read_only_if_the_database_can_store_it() {
    return new Arguments[] {
      arguments("2026-11-30T12:00:00+01:00", Optional.of(Instant.parse("2026-11-30T11:00:00Z"))),
      arguments("+999999999-12-31T23:59:59Z", Optional.empty()),
      arguments("tomorrow", Optional.empty())
    };
  }

  @ParameterizedTest
  @CsvSource({
    "0.00014150000000000002, 0.0001415",
    "9.999999999999999e-05, 0.0001",
    "4.9e-324, 0",
    "0.5, 0.5",
    "1e-401,",
    "1e-999999999,",
    "1234567890123456789,",
  })
  void a_number_with_the_decimal_places_of_a_double_is_read(
      String text, @Nullable BigDecimal number) {
    var json = JsonNodeFactory.instance.objectNode().put("cost", text);
    var read = LenientJson.number(json, "cost").map(BigDecimal::stripTrailingZeros);
    assertThat(read).isEqualTo(Optional.ofNullable(number).map(BigDecimal::stripTrailingZeros));
  }
}
