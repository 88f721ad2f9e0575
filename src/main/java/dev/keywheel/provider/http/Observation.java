package dev.keywheel.provider.http;

import dev.keywheel.provider.FailureKind.UnreachableKind;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The result of an exchange before it is classified. */
public sealed interface Observation {

  /**
   * An answer of which at least status and headers were received.
   *
   * @param headers names in lower case
   * @param body the bytes received, possibly only a part
   */
  record Reply(int status, Map<String, String> headers, byte[] body, End end)
      implements Observation {

    public boolean success() {
      return status >= 200 && status < 300;
    }

    public String header(String name) {
      return headers.getOrDefault(name, "");
    }
  }

  /** No answer was received. */
  record Failed(TransportError error) implements Observation {}

  /** Nothing was sent, because the key is empty, too long, or has characters that no key has. */
  record Unsendable() implements Observation {}

  enum End {
    WHOLE,
    /** The connection broke, or the framing or compression of the body was invalid. */
    CUT,
    /** The body is larger than the limit and was read only up to the limit. */
    TOO_BIG,
    /** Keywheel's own deadline passed before the body ended. */
    LATE
  }

  /** Why no answer was received. */
  enum TransportError {
    DNS(UnreachableKind.DNS, "the host name is unknown"),
    REFUSED(UnreachableKind.REFUSED, "the host refused the connection"),
    NO_ROUTE(UnreachableKind.NO_ROUTE, "there is no route to the host"),
    CONNECT_TIMEOUT(
        UnreachableKind.CONNECT_TIMEOUT, "the host did not accept the connection in time"),
    TLS(UnreachableKind.TLS, "no trusted encrypted connection to the host"),
    NO_SOCKET(UnreachableKind.NO_SOCKET, "this machine has no free socket"),
    RESET(null, "the connection ended before an answer arrived"),
    TIMEOUT(null, "no answer before the deadline"),
    INTERRUPTED(null, "Keywheel stopped before an answer arrived");

    private final @Nullable UnreachableKind kind;
    private final String sentence;

    TransportError(@Nullable UnreachableKind kind, String sentence) {
      this.kind = kind;
      this.sentence = sentence;
    }

    /** Why the host was not reached; null when it was reached. */
    public @Nullable UnreachableKind kind() {
      return kind;
    }

    public String sentence() {
      return sentence;
    }
  }
}
