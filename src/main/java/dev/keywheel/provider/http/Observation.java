package dev.keywheel.provider.http;

import java.util.Map;

/** What was seen on the wire, before anyone says what it means. */
public sealed interface Observation {

  /**
   * At least status and headers came.
   *
   * @param headers names in lower case
   * @param body what came of it
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

  /** Nothing came. */
  record Failed(TransportError loss) implements Observation {}

  /** Nothing was sent: the key holds characters that no header can carry. */
  record Unsendable() implements Observation {}

  /** How the body ended. */
  enum End {
    WHOLE,
    /** The connection broke, or the body's own framing was wrong. */
    CUT,
    /** Beyond the size that is read; the rest was not. */
    TOO_BIG,
    /** Our deadline passed first. */
    LATE
  }

  /** Why nothing came; the word is the outcome's kind. */
  enum TransportError {
    DNS("dns", "the host's name is not known"),
    REFUSED("refused", "the host refused the connection"),
    NO_ROUTE("no_route", "there is no route to the host"),
    CONNECT_TIMEOUT("connect_timeout", "the host did not take the connection in time"),
    TLS("tls", "no trusted encrypted connection to the host"),
    NO_SOCKET("no_socket", "this machine has no free socket"),
    RESET("reset", "the connection ended before an answer"),
    TIMEOUT("timeout", "no answer before the deadline"),
    INTERRUPTED("interrupted", "stopped here before an answer");

    private final String word;
    private final String sentence;

    TransportError(String word, String sentence) {
      this.word = word;
      this.sentence = sentence;
    }

    public String word() {
      return word;
    }

    public String sentence() {
      return sentence;
    }
  }
}
