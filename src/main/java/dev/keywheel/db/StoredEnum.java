package dev.keywheel.db;

import static java.util.function.Function.identity;
import static java.util.stream.Collectors.toUnmodifiableMap;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An enum with a code for the database and for addresses, by default its name in lower case. */
public interface StoredEnum {
  String name();

  default String code() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The constant with this code; empty for an unknown code. */
  static <E extends Enum<E> & StoredEnum> Optional<E> find(Class<E> type, @Nullable String code) {
    return code == null
        ? Optional.empty()
        : Optional.ofNullable(type.cast(Constants.ALL.get(type).get(code)));
  }

  /**
   * @throws IllegalArgumentException for an unknown code
   */
  static <E extends Enum<E> & StoredEnum> E of(Class<E> type, String code) {
    return find(type, code)
        .orElseThrow(
            () -> new IllegalArgumentException("No " + type.getSimpleName() + " \"" + code + "\""));
  }

  /** The constants of each enum by their codes, cached because each row that is read needs them. */
  final class Constants extends ClassValue<Map<String, Object>> {
    private static final Constants ALL = new Constants();

    private Constants() {}

    @Override
    protected Map<String, Object> computeValue(Class<?> type) {
      return Arrays.stream(type.getEnumConstants())
          .collect(toUnmodifiableMap(constant -> ((StoredEnum) constant).code(), identity()));
    }
  }
}
