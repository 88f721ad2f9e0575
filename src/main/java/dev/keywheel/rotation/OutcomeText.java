package dev.keywheel.rotation;

import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.CallOutcome.AddressBlocked;
import dev.keywheel.provider.CallOutcome.Answer;
import dev.keywheel.provider.CallOutcome.InsufficientCredit;
import dev.keywheel.provider.CallOutcome.KeyLimited;
import dev.keywheel.provider.CallOutcome.KeyMalformed;
import dev.keywheel.provider.CallOutcome.KeySuspect;
import dev.keywheel.provider.CallOutcome.ModelError;
import dev.keywheel.provider.CallOutcome.RequestError;
import dev.keywheel.provider.CallOutcome.TimedOut;
import dev.keywheel.provider.CallOutcome.Transient;
import dev.keywheel.provider.CallOutcome.Unreachable;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Outcomes in a word for the table and in a few words for people. */
public final class OutcomeText {
  /**
   * Codes of calls that reached no model and cost nothing: they use up no budget. What bounds them
   * is the operation's deadline and {@link CallContext#MOST_CALLS}. A regular expression, for the
   * database too.
   */
  public static final String UNBILLED =
      "^(key_|too_dear|not_sent|model:upstream_limited|model:other_route|transient:server|unreachable:|address_blocked)";

  private static final Pattern UNBILLED_CODE = Pattern.compile(UNBILLED);

  private OutcomeText() {}

  /** Whether a code of {@link #code} is one of {@link #UNBILLED}. */
  public static boolean unbilled(String code) {
    return UNBILLED_CODE.matcher(code).find();
  }

  /** The word in the attempts table: the kind of outcome and, where there is one, its reason. */
  public static String code(CallOutcome outcome) {
    return switch (outcome) {
      case Answer _ -> "answer";
      case KeyLimited l -> "key_limited:" + l.limit().reason();
      case KeySuspect _ -> "key_suspect";
      case KeyMalformed _ -> "key_malformed";
      case InsufficientCredit t -> t.promptTooLong() ? "too_dear:prompt" : "too_dear";
      case ModelError m -> "model:" + m.kind();
      case RequestError r -> "request:" + r.kind();
      case Transient t -> "transient:" + t.kind();
      case TimedOut _ -> "timed_out";
      case Unreachable u -> "unreachable:" + u.kind();
      case AddressBlocked _ -> "address_blocked";
    };
  }

  /** What happened, the HTTP status first where there is one: {@code 429 daily free limit}. */
  public static String sentence(CallOutcome outcome) {
    var status = outcome.evidence().httpStatus();
    return (status == null ? "" : status + " ") + words(outcome);
  }

  /**
   * What came of an attempt as it stands in the table, in words: {@code refused: 429 daily free
   * limit}.
   *
   * @param state the attempt's word
   * @param code as {@link #code} gave it; null when nothing was answered
   */
  public static String told(String state, @Nullable Integer status, @Nullable String code) {
    var word =
        switch (state) {
          case "sent" -> "no answer yet";
          case "ok" -> "answered";
          case "http_error" -> "refused";
          case "timeout" -> "timed out";
          case "cut" -> "cut";
          case "invalid" -> "not usable";
          case "cancelled" -> "cancelled";
          case "unknown" -> "outcome unknown, may be billed";
          default -> state.replace('_', ' ');
        };
    var detail =
        Stream.of(status == null || status == 200 ? "" : status.toString(), spoken(code))
            .filter(text -> !text.isEmpty() && !text.equals(word))
            .collect(Collectors.joining(" "));
    return detail.isEmpty() ? word : word + ": " + detail;
  }

  /** The words of a stored code; of one that is not known, its own letters. */
  private static String spoken(@Nullable String code) {
    if (code == null) {
      return "";
    }
    var parts = code.split(":", 2);
    var reason = parts.length == 2 ? parts[1] : "";
    var words =
        switch (parts[0]) {
          case "answer" -> "";
          case "key_limited" -> limit(reason);
          case "key_suspect" -> "key refused";
          case "key_malformed" -> "the key holds characters no key can have";
          case "too_dear" ->
              reason.equals("prompt")
                  ? "prompt too long for the credit"
                  : "too many tokens for the credit";
          case "model" -> model(reason);
          case "request" -> request(reason);
          case "transient" -> passing(reason);
          case "timed_out" -> "no complete answer in time";
          case "unreachable" -> unreachable(reason);
          case "address_blocked" -> "the provider's edge blocks this address";
          default -> code;
        };
    return words.replace('_', ' ');
  }

  private static String words(CallOutcome outcome) {
    return switch (outcome) {
      case Answer _ -> "answered";
      case KeyLimited l -> limit(l.limit().reason());
      case KeySuspect _ -> "key refused";
      case KeyMalformed _ -> "the key holds characters no key can have";
      case InsufficientCredit t ->
          t.promptTooLong() ? "prompt too long for the credit" : "too many tokens for the credit";
      case ModelError m -> model(m.kind());
      case RequestError r -> request(r.kind());
      case Transient t -> passing(t.kind());
      case TimedOut _ -> "no complete answer in time";
      case Unreachable u -> unreachable(u.kind());
      case AddressBlocked _ -> "the provider's edge blocks this address";
    };
  }

  private static String limit(String reason) {
    return switch (reason) {
      case "free_daily" -> "daily free limit";
      case "free_minute" -> "free limit of this minute";
      case "rate" -> "rate limit";
      case "credits" -> "out of credit";
      case "key_cap" -> "the key's own spending limit";
      case "in_flight" -> "too much in flight for the account";
      case "budget" -> "budget of the workspace at the provider";
      case "low_credit" -> "credit too low";
      default -> reason;
    };
  }

  private static String model(String kind) {
    return switch (kind) {
      case "upstream_limited" -> "model rate-limited upstream";
      case "no_endpoint" -> "no endpoint for the model";
      case "byok" -> "credentials of the provider behind";
      case "provider_credits" -> "credit of the provider behind";
      case "model_type" -> "the model is not for this use";
      case "empty" -> "empty answer";
      case "reasoning_only" -> "all tokens went into reasoning";
      case "refused" -> "the model refused";
      case "content_filter" -> "content filter of the model";
      case "choice_error" -> "the model broke off with an error";
      case "too_big" -> "answer too big";
      case "other_route" -> "the model is asked in another way";
      default -> kind;
    };
  }

  private static String request(String kind) {
    return switch (kind) {
      case "moderation" -> "refused by moderation";
      case "unsupported_parameter" -> "the model does not know a parameter";
      case "too_long" -> "request too long for the model";
      case "invalid" -> "request refused";
      case "wrong_endpoint" -> "wrong address at the provider";
      default -> kind;
    };
  }

  private static String passing(String kind) {
    return switch (kind) {
      case "server" -> "error of the provider";
      case "cut" -> "answer broken off";
      case "reset" -> "connection closed";
      default -> kind;
    };
  }

  private static String unreachable(String kind) {
    return switch (kind) {
      case "dns" -> "the provider's name is not known here";
      case "refused" -> "connection refused";
      case "no_route" -> "no route to the provider";
      case "connect_timeout" -> "no connection in time";
      case "tls" -> "no secure connection";
      case "no_socket" -> "no more connections on this machine";
      case "html_answer" -> "a web page instead of an answer";
      case "redirect" -> "a redirect instead of an answer";
      case "not_json" -> "something else than an answer";
      default -> kind;
    };
  }
}
