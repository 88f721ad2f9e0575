package dev.keywheel.article.view;

import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A choice of states by which a list is filtered; implemented by enums. */
interface ListedStates {
  /** Shown on the page. */
  String label();

  String name();

  /** The word in addresses. */
  default String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The value of this word; {@code all} for any other. */
  static <W extends ListedStates> W of(W[] values, @Nullable String word, W all) {
    return Arrays.stream(values).filter(value -> value.word().equals(word)).findFirst().orElse(all);
  }
}
