package dev.keywheel.web.keys.list;

import dev.keywheel.key.search.KeyOrder;
import dev.keywheel.web.keys.list.KeyListPage.Choice;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The orders that the menu of the list offers. */
final class SortChoices {
  private static final List<Choice> SORTS =
      List.of(
          new Choice("name", "Name"),
          new Choice("status", "Status, worst first"),
          new Choice("account", "Account"),
          new Choice("-used", "Most recently used first"),
          new Choice("-calls", "Most calls first"),
          new Choice("success", "Lowest success first"),
          new Choice("-latency", "Slowest first"),
          new Choice("-added", "Newest first"),
          new Choice("added", "Oldest first"),
          new Choice("turn", "Next in rotation first"));

  private SortChoices() {}

  /** The orders of the menu, and the current order if a column header has set another one. */
  static List<Choice> with(KeyOrder order) {
    return named(order).isPresent()
        ? SORTS
        : Stream.concat(SORTS.stream(), Stream.of(new Choice(order.word(), label(order)))).toList();
  }

  static String label(KeyOrder order) {
    return named(order)
        .or(() -> named(new KeyOrder(order.by(), !order.down())).map(it -> it + ", reversed"))
        .orElse("By column");
  }

  private static Optional<String> named(KeyOrder order) {
    return SORTS.stream()
        .filter(choice -> choice.value().equals(order.word()))
        .map(Choice::label)
        .findFirst();
  }
}
