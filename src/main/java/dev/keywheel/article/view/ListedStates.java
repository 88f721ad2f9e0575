package dev.keywheel.article.view;

import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A choice of states by which a list is filtered; implemented by enums. */
interface ListedStates {
  String name();

  /** The name in URLs, in lower case. */
  default String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The value with this word; {@code all} for null or any other word. */
  static <W extends ListedStates> W of(W[] values, @Nullable String word, W all) {
    return Arrays.stream(values).filter(value -> value.word().equals(word)).findFirst().orElse(all);
  }
}
