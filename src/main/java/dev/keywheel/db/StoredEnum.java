package dev.keywheel.db;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An enum whose code, in the database and in addresses, is its name in lower case. */
public interface StoredEnum {
  String name();

  default String code() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Empty for an unknown code. */
  static <E extends Enum<E> & StoredEnum> Optional<E> find(Class<E> type, @Nullable String code) {
    return Arrays.stream(type.getEnumConstants())
        .filter(constant -> constant.code().equals(code))
        .findFirst();
  }

  /**
   * @throws IllegalArgumentException for an unknown code
   */
  static <E extends Enum<E> & StoredEnum> E of(Class<E> type, String code) {
    return find(type, code)
        .orElseThrow(
            () -> new IllegalArgumentException("No " + type.getSimpleName() + " \"" + code + "\""));
  }
}
