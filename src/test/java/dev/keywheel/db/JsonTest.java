package dev.keywheel.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import dev.keywheel.support.TestDatabase;
import java.io.IOException;
import java.time.Instant;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jooq.JSONB;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
  private static final String NUL = "\0";
  private static final String WRITTEN = "\\" + "u0000";

  static Stream<Arguments> texts() {
    var twice = "as typed: " + WRITTEN + ", " + "\\" + WRITTEN;
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

  @Test
  void an_instant_is_read_as_it_was_written() {
    var random = new Random(7);
    IntStream.range(0, 10_000)
        .mapToObj(i -> Instant.ofEpochSecond(random.nextLong(-62_167_219_200L, 253_402_300_800L)))
        .flatMap(at -> Stream.of(at, at.plusMillis(7), at.plusNanos(random.nextInt(1_000_000_000))))
        .forEach(
            at -> {
              assertThat(Json.read(Json.text(at), Instant.class)).isEqualTo(at);
              assertThat(InstantReader.of(at.toString())).isEqualTo(at);
            });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2026-11-29T12:01:19+01:00",
        "2026-11-29T24:00:00Z",
        "2026-12-31T23:59:60Z",
        "2026-11-29T12:01:19.5000000000Z",
        "+12026-11-29T12:01:19Z",
        "2026-11-29T12:01Z"
      })
  void an_instant_in_another_form_is_read_as_by_jackson(String text) throws IOException {
    var jackson = JsonMapper.builder().addModule(new JavaTimeModule()).build();
    String json = Json.text(text);
    Throwable refusal = catchThrowable(() -> jackson.readValue(json, Instant.class));

    assertThat(InstantReader.of(text)).isNull();
    if (refusal == null) {
      assertThat(Json.read(json, Instant.class)).isEqualTo(jackson.readValue(json, Instant.class));
    } else {
      assertThatThrownBy(() -> Json.read(json, Instant.class))
          .hasRootCauseMessage(refusal.getCause().getMessage());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Z",
        "2026-02-30T12:01:19Z",
        "2026-13-01T12:01:19Z",
        "2026-11-29T12:01:19.Z",
        "2026-11-29 12:01:19Z",
        "2026-11-29T12:01:6aZ"
      })
  void a_text_that_is_not_an_instant_is_not_read_as_one(String text) {
    assertThat(InstantReader.of(text)).isNull();
  }
}
