package dev.keywheel.secret.shape;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where a key may stand in a text; not empty.
 *
 * @param known whether it starts with a known provider prefix
 */
record KeyRange(int start, int end, boolean known) {
  /** The ranges in order, where those that overlap are one. */
  static List<KeyRange> merged(Stream<KeyRange> ranges) {
    var merged = new ArrayList<KeyRange>();
    ranges
        .sorted(Comparator.comparingInt(KeyRange::start))
        .forEach(
            next -> {
              if (merged.isEmpty() || merged.getLast().end() <= next.start()) {
                merged.add(next);
              } else {
                var last = merged.removeLast();
                merged.add(
                    new KeyRange(
                        last.start(),
                        Math.max(last.end(), next.end()),
                        last.known() || next.known()));
              }
            });
    return merged;
  }
}
