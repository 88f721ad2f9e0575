package dev.keywheel.gateway.http;

import dev.keywheel.provider.http.ContentCodings;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Selects the headers that the gateway passes on. All others are dropped: cookies, credentials and
 * addresses of clients do not concern the provider, and a provider's {@code x-ratelimit} headers
 * describe the limits of its key, not those of the client's token.
 */
public final class PassedHeaders {
  private static final Set<String> TO_PROVIDER =
      Set.of(
          "content-type",
          "accept",
          "openai-beta",
          "http-referer",
          "x-title",
          "x-session-id",
          "user-agent");
  private static final List<String> TO_PROVIDER_PREFIXES = List.of("anthropic-", "x-openrouter-");

  private static final Set<String> TO_CLIENT =
      Set.of(
          "content-type",
          "retry-after",
          "retry-after-ms",
          "x-generation-id",
          "openai-processing-ms");
  private static final String TO_CLIENT_PREFIX = "anthropic-ratelimit-";

  private static final String ANTHROPIC_BETA = "anthropic-beta";
  private static final int MAX_VALUE_LENGTH = 4_096;

  /** The prefix of access tokens. A header that contains it is not sent to the provider. */
  private static final String TOKEN_PREFIX = "kw1_";

  private PassedHeaders() {}

  /**
   * @param sent the client's headers, with names in any case
   */
  public static Map<String, String> toProvider(Map<String, String> sent) {
    var passed = new TreeMap<String, String>();
    sent.forEach(
        (name, value) -> {
          String lower = name.toLowerCase(Locale.ROOT);
          boolean listed =
              TO_PROVIDER.contains(lower)
                  || TO_PROVIDER_PREFIXES.stream().anyMatch(lower::startsWith);
          if (listed && sendable(value) && !value.contains(TOKEN_PREFIX)) {
            passed.put(lower, value);
          }
        });
    String beta = passed.get(ANTHROPIC_BETA);
    if (beta != null) {
      passed.put("x-" + ANTHROPIC_BETA, beta); // the name that OpenRouter documents
    }
    passed.put("accept-encoding", "identity");
    return passed;
  }

  /**
   * @param answered the provider's headers, with names in lower case
   */
  public static Map<String, String> toClient(Map<String, String> answered) {
    var passed = new TreeMap<String, String>();
    answered.forEach(
        (name, value) -> {
          if ((TO_CLIENT.contains(name) || name.startsWith(TO_CLIENT_PREFIX)) && sendable(value)) {
            passed.put(name, value);
          }
        });
    return passed;
  }

  /** The encoding of a body, which the gateway cannot read; empty if the body is not encoded. */
  public static Optional<String> encoding(Map<String, String> answered) {
    return Optional.of(answered.getOrDefault("content-encoding", "").strip())
        .filter(PassedHeaders::sendable)
        .filter(_ -> ContentCodings.of(answered).areKnown());
  }

  private static boolean sendable(String value) {
    for (int i = 0; i < value.length(); i++) {
      if (value.charAt(i) < ' ' || value.charAt(i) > '~') {
        return false;
      }
    }
    return value.length() <= MAX_VALUE_LENGTH;
  }
}
