package dev.keywheel.db;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.TestDatabase;
import java.util.Map;
import java.util.stream.Stream;
import org.jooq.JSONB;
import org.jooq.impl.DSL;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class JsonTest {
  private static final String NUL = "\0";
  private static final String WRITTEN = "\\" + "u0000";

  static Stream<Arguments> texts() {
    var twice = "as somebody wrote it: " + WRITTEN + ", " + "\\" + WRITTEN;
    return Stream.of(
        Arguments.of("a" + NUL + "b" + NUL, "ab"),
        Arguments.of(twice, twice),
        Arguments.of("\\" + NUL + WRITTEN + NUL + "\\", "\\" + WRITTEN + "\\"),
        Arguments.of("ends in \\", "ends in \\"));
  }

  @ParameterizedTest
  @MethodSource("texts")
  void postgres_stores_any_text_and_only_nul_is_lost(String given, String kept) {
    try (var database = TestDatabase.create()) {
      var stored =
          database
              .database()
              .read(
                  dsl ->
                      dsl.select(DSL.val(Json.jsonb(Map.of("text", given))).cast(JSONB.class))
                          .fetchSingle()
                          .value1());
      assertThat(Json.read(stored, Map.class)).isEqualTo(Map.of("text", kept));
    }
  }
}
