package dev.keywheel.provider;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keywheel.provider.Observation.End;
import dev.keywheel.provider.Observation.Lost;
import dev.keywheel.provider.Observation.Reply;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** Finds the row of the decision table for anything that can be seen on the wire. */
final class Reading {
  /** The edge network's own refusals when it does not answer with a page. */
  private static final Pattern EDGE_REFUSAL =
      Pattern.compile("error code: 10\\d\\d\\b.*", Pattern.CASE_INSENSITIVE);

  private final Reply reply;
  private final Asked asked;
  private final String body;
  private final String contentType;

  private Reading(Reply reply, Asked asked) {
    this.reply = reply;
    this.asked = asked;
    this.body = text(reply.body());
    this.contentType = reply.header("content-type").toLowerCase(Locale.ROOT);
  }

  static Finding of(Observation seen, Asked asked) {
    return switch (seen) {
      case Observation.Unsendable _ ->
          Finding.of(Row.MALFORMED_KEY, "the key holds characters that no key can have");
      case Lost lost -> ofLost(lost);
      case Reply reply -> new Reading(reply, asked).finding();
    };
  }

  private static Finding ofLost(Lost lost) {
    Row row =
        switch (lost.loss()) {
          case DNS, REFUSED, NO_ROUTE, CONNECT_TIMEOUT, TLS, NO_SOCKET -> Row.UNREACHABLE;
          case RESET -> Row.RESET;
          case TIMEOUT, INTERRUPTED -> Row.TIMED_OUT;
        };
    return Finding.of(row, lost.loss());
  }

  private Finding finding() {
    if (reply.status() >= 300 && reply.status() < 400) {
      return Finding.of(Row.REDIRECT, "redirected to " + reply.header("location"));
    }
    if (isHtml() || EDGE_REFUSAL.matcher(body).matches()) {
      return Finding.of(byHtml(), Complaint.ofText("", reply.status(), reply.headers()), body);
    }
    return reply.success() ? success() : failure();
  }

  private boolean isHtml() {
    return body.startsWith("<") || (contentType.startsWith("text/html") && !looksLikeJson());
  }

  private boolean looksLikeJson() {
    return body.startsWith("{") || body.startsWith("[");
  }

  /**
   * A page instead of an answer comes from the edge, a proxy or a wrong address; never of a key.
   */
  private Row byHtml() {
    return switch (reply.status()) {
      case 403, 429, 503 -> Row.ADDRESS_BLOCKED;
      case 408 -> Row.SERVER;
      default -> reply.status() >= 500 ? Row.SERVER : Row.HTML_ANSWER;
    };
  }

  private Finding failure() {
    Optional<JsonNode> json = Lenient.parse(reply.body());
    if (json.isEmpty() && reply.status() == 404) {
      return Finding.of(Row.NOT_JSON, body);
    }
    Complaint complaint =
        json.map(root -> Complaint.of(root, reply.status(), reply.headers()))
            .orElseGet(() -> Complaint.ofText(body, reply.status(), reply.headers()));
    return complained(complaint);
  }

  private Finding complained(Complaint complaint) {
    return Finding.of(Complaints.row(complaint, asked), complaint, body);
  }

  private Finding success() {
    if (reply.end() == End.TOO_BIG) {
      return Finding.of(Row.TOO_BIG, "the answer is larger than " + reply.body().length + " bytes");
    }
    if (EventStream.looksLike(body, contentType)) {
      return stream();
    }
    return Lenient.parse(reply.body()).map(this::json).orElseGet(this::unreadable);
  }

  private Finding unreadable() {
    return switch (reply.end()) {
      case LATE -> Finding.of(body.isEmpty() ? Row.ONLY_KEEP_ALIVE : Row.TIMED_OUT, body);
      case CUT -> Finding.of(Row.CUT, body);
      case WHOLE, TOO_BIG -> Finding.of(looksLikeJson() ? Row.CUT : Row.NOT_JSON, body);
    };
  }

  private Finding stream() {
    if (EventStream.onlyKeepAlive(body)) {
      return Finding.of(reply.end() == End.LATE ? Row.ONLY_KEEP_ALIVE : Row.CUT_STREAM, body);
    }
    EventStream events = EventStream.of(body);
    if (Complaint.isIn(events.root())) {
      return complained(Complaint.of(events.root(), reply.status(), reply.headers()))
          .insideOf(Row.STREAM_ERROR);
    }
    if (!events.ended()) {
      return Finding.of(reply.end() == End.LATE ? Row.TIMED_OUT : Row.CUT_STREAM, body);
    }
    return completion(Completion.of(events.root()));
  }

  private Finding json(JsonNode root) {
    if (Complaint.isIn(root)) {
      return complained(Complaint.of(root, reply.status(), reply.headers()))
          .insideOf(Row.ERROR_INSIDE_SUCCESS);
    }
    return switch (asked.phase()) {
      case KEY_CHECK ->
          root.path("data").isObject()
              ? Finding.facts(root.path("data"))
              : Finding.of(Row.UNKNOWN, body);
      case CHAT, IMAGE -> completion(Completion.of(root));
    };
  }

  private Finding completion(Completion answer) {
    String words = "finish " + (answer.finish().isEmpty() ? "unsaid" : answer.finish());
    if (answer.failed()) {
      return choiceError(answer);
    }
    if (answer.finish().equals("content_filter")) {
      return Finding.of(Row.CONTENT_FILTER, answer, words);
    }
    if (usable(answer)) {
      return Finding.of(Row.USABLE, answer, words);
    }
    if (!answer.refusal().isBlank()) {
      return Finding.of(Row.REFUSED, answer, answer.refusal());
    }
    return Finding.of(answer.cut() ? Row.REASONING_ONLY : Row.EMPTY, answer, body);
  }

  private boolean usable(Completion answer) {
    return asked.phase() == Phase.IMAGE ? answer.picture() != null : !answer.text().isBlank();
  }

  /**
   * The partial text is thrown away; the error inside decides, and when it says nothing, nobody.
   */
  private Finding choiceError(Completion answer) {
    Complaint complaint = Complaint.of(answer.choiceError(), reply.status(), reply.headers());
    Row row = Complaints.row(complaint, asked);
    return Finding.of(row == Row.ERROR_INSIDE_SUCCESS ? Row.CHOICE_ERROR : row, complaint, body)
        .insideOf(Row.CHOICE_ERROR)
        .answeredBy(answer);
  }

  private static String text(byte[] body) {
    String text = new String(body, StandardCharsets.UTF_8).strip();
    return text.startsWith("\uFEFF") ? text.substring(1).strip() : text;
  }
}
