package dev.keywheel.gateway.http;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** The headers that tell a client whether and when to repeat its request. */
public final class RetryHeaders {
  /** All official SDKs obey this header; others follow the status. */
  public static final String SHOULD_RETRY = "x-should-retry";

  /**
   * Maximum wait that clients accept: if it is longer, some clients sleep for hours, and others do
   * not wait at all.
   */
  private static final Duration MAX_WAIT = Duration.ofSeconds(60);

  private RetryHeaders() {}

  /** Headers that tell clients to wait and, beyond 60 s, not to repeat the request. */
  public static Map<String, String> after(Duration wait) {
    long millis = Math.max(1, wait.toMillis());
    var headers = new LinkedHashMap<String, String>();
    headers.put("retry-after", Long.toString(Math.ceilDiv(millis, 1_000)));
    headers.put("retry-after-ms", Long.toString(Math.max(1, wait.plusNanos(999_999).toMillis())));
    if (isLong(wait)) {
      headers.put(SHOULD_RETRY, "false");
    }
    return headers;
  }

  /** Whether the wait is longer than 60 s, so that clients are told not to repeat the request. */
  public static boolean isLong(Duration wait) {
    return wait.compareTo(MAX_WAIT) > 0;
  }
}
