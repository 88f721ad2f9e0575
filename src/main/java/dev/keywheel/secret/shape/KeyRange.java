package dev.keywheel.secret.shape;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The position of a possible key in a text; not empty.
 *
 * @param known whether the key starts with a known provider prefix
 */
record KeyRange(int start, int end, boolean known) {
  /** The ranges in order; overlapping ranges are merged. */
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
