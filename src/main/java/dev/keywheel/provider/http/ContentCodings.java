package dev.keywheel.provider.http;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The content codings of an answer, from its headers.
 *
 * @param applied the codings in lower case, in the order in which they were applied. Without {@code
 *     identity}, which servers send although it encodes nothing, and without empty parts of the
 *     list, which RFC 9110 allows.
 */
public record ContentCodings(List<String> applied) {
  static final String HEADER = "content-encoding";

  private static final Set<String> GZIP = Set.of("gzip", "x-gzip");
  private static final Set<String> OTHERS =
      Set.of("br", "compress", "deflate", "x-compress", "zstd");

  public static ContentCodings of(Map<String, String> headers) {
    return new ContentCodings(
        Arrays.stream(headers.getOrDefault(HEADER, "").toLowerCase(Locale.ROOT).split(","))
            .map(String::strip)
            .filter(coding -> !coding.isEmpty() && !coding.equals("identity"))
            .toList());
  }

  /**
   * Whether there are labels, and all of them are content codings of HTTP. Another label ({@code
   * none}, {@code utf-8}) is ignored, since servers send it with plain bodies.
   */
  public boolean areKnown() {
    return !applied.isEmpty()
        && applied.stream().allMatch(coding -> GZIP.contains(coding) || OTHERS.contains(coding));
  }

  /** Whether gzip was applied last, so that it is removed first. */
  boolean endWithGzip() {
    return !applied.isEmpty() && GZIP.contains(applied.getLast());
  }

  ContentCodings withoutLast() {
    return new ContentCodings(applied.subList(0, applied.size() - 1));
  }

  String header() {
    return String.join(", ", applied);
  }
}
