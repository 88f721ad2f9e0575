package dev.keywheel.provider;

import java.util.Locale;
import java.util.stream.Stream;

/** Why a call failed for a reason other than its key: the stored code and its text for users. */
public sealed interface FailureKind {

  /** The name of the enum constant. */
  String name();

  /** The failure in a few words, for pages and the log. */
  String text();

  /** The code stored with an attempt: family and kind, such as {@code model:empty}. */
  default String code() {
    String family =
        switch (this) {
          case ModelErrorKind _ -> "model";
          case RequestErrorKind _ -> "request";
          case TransientKind _ -> "transient";
          case UnreachableKind _ -> "unreachable";
        };
    return family + ":" + name().toLowerCase(Locale.ROOT);
  }

  static Stream<FailureKind> all() {
    return Stream.of(
            ModelErrorKind.values(),
            RequestErrorKind.values(),
            TransientKind.values(),
            UnreachableKind.values())
        .flatMap(Stream::of);
  }

  /** Failures of the model, or of the upstream provider that serves it. */
  enum ModelErrorKind implements FailureKind {
    UPSTREAM_LIMITED("model rate-limited upstream"),
    NO_ENDPOINT("no endpoint for the model"),
    /** The settings of the account exclude each endpoint; another account may have others. */
    ACCOUNT_POLICY("no endpoint within the account's data policy and guardrails"),
    BYOK("upstream provider rejected its credentials"),
    PROVIDER_CREDITS("upstream provider account out of credit"),
    MODEL_TYPE("model not available for this request"),
    /** Refused for keys of more than one account, all of which pass the key check. */
    FORBIDDEN("refused for keys that pass the key check"),
    EMPTY("empty answer"),
    ONLY_REASONING("empty answer with only reasoning"),
    ONLY_TOOL_CALLS("empty answer with only tool calls"),
    /** A link is not followed, because its host is unknown. */
    ONLY_IMAGE_LINK("a link instead of the picture"),
    REASONING_ONLY("all tokens spent on reasoning"),
    REFUSED("the model refused"),
    CONTENT_FILTER("blocked by the model's content filter"),
    CHOICE_ERROR("the model stopped with an error"),
    TOO_BIG("answer too large"),
    /** A stream although none was requested, or no stream although one was requested. */
    WRONG_FORM("the answer does not have the requested format"),
    /** The model takes this kind of request at another endpoint, which the next call uses. */
    OTHER_ROUTE("the model uses another endpoint");

    private final String text;

    ModelErrorKind(String text) {
      this.text = text;
    }

    @Override
    public String text() {
      return text;
    }

    /** Whether the model answered without a text or an image. */
    public boolean empty() {
      return this == EMPTY
          || this == ONLY_REASONING
          || this == ONLY_TOOL_CALLS
          || this == ONLY_IMAGE_LINK;
    }
  }

  /** Failures of the request itself: neither another key nor a retry helps. */
  enum RequestErrorKind implements FailureKind {
    MODERATION("refused by moderation"),
    UNSUPPORTED_PARAMETER("the model does not support a parameter"),
    TOO_LONG("request too long for the model"),
    INVALID("request rejected"),
    WRONG_ENDPOINT("wrong endpoint at the provider"),
    /** A status such as 451, for which the account of the key may be the cause as well. */
    UNKNOWN("unknown error");

    private final String text;

    RequestErrorKind(String text) {
      this.text = text;
    }

    @Override
    public String text() {
      return text;
    }
  }

  /** Failures that usually do not recur on a retry. */
  enum TransientKind implements FailureKind {
    SERVER("provider error"),
    CUT("answer cut off"),
    RESET("connection closed");

    private final String text;

    TransientKind(String text) {
      this.text = text;
    }

    @Override
    public String text() {
      return text;
    }
  }

  /** The provider's host was not reached, or something else answered. */
  enum UnreachableKind implements FailureKind {
    DNS("unknown host"),
    REFUSED("connection refused"),
    NO_ROUTE("no route to the provider"),
    CONNECT_TIMEOUT("connection timed out"),
    TLS("no trusted TLS connection"),
    NO_SOCKET("no free socket on this machine"),
    HTML_ANSWER("a web page instead of an answer"),
    REDIRECT("a redirect instead of an answer"),
    NOT_JSON("the answer is not JSON"),
    /** A success without a body, or with blank characters only. */
    NO_BODY("the answer has no body");

    private final String text;

    UnreachableKind(String text) {
      this.text = text;
    }

    @Override
    public String text() {
      return text;
    }
  }
}
