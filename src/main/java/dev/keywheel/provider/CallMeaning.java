package dev.keywheel.provider;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Turns a row of the decision table into what may be done after a call. */
final class CallMeaning {
  /** Free models are counted by the minute; no reset of theirs can be further away. */
  private static final Duration LONGEST_FREE_MINUTE = Duration.ofSeconds(60);

  /** Calls in flight settle within seconds; for an upstream that does not say how many. */
  private static final Duration IN_FLIGHT_PAUSE = Duration.ofSeconds(15);

  /** How long to leave an edge alone that blocks this address and does not say for how long. */
  static final Duration BLOCK_PAUSE = Duration.ofSeconds(60);

  private static final Pattern AFFORDABLE =
      Pattern.compile("can only afford (\\d{1,9})", Pattern.CASE_INSENSITIVE);
  private static final Pattern PROMPT_BOUND =
      Pattern.compile("prompt tokens limit exceeded: \\d+ > (\\d{1,9})", Pattern.CASE_INSENSITIVE);
  private static final Pattern PERIOD =
      Pattern.compile("\\b(daily|weekly|monthly)\\b", Pattern.CASE_INSENSITIVE);
  private static final Pattern KEY_S_OWN_CAP =
      Pattern.compile("key with a higher .{0,20}limit", Pattern.CASE_INSENSITIVE);

  private final Complaint complaint;
  private final String lossWord;
  private final Asked asked;
  private final Trace trace;
  private final Instant now;

  private CallMeaning(Finding finding, Asked asked, Trace trace) {
    this.complaint =
        finding.complaint() != null ? finding.complaint() : Complaint.ofText("", 0, Map.of());
    this.lossWord = finding.loss() == null ? "" : finding.loss().word();
    this.asked = asked;
    this.trace = trace;
    this.now = trace.evidence().at();
  }

  static CallOutcome of(Finding finding, Asked asked, Trace trace) {
    if (finding.row() == Row.USABLE && finding.completion() != null) {
      return answer(finding.completion(), asked, trace);
    }
    return new CallMeaning(finding, asked, trace).of(finding.row());
  }

  private static CallOutcome answer(Completion answer, Asked asked, Trace trace) {
    Completion.@Nullable Picture picture = answer.picture();
    return new CallOutcome.Answer(
        answer.text(),
        answer.cut(),
        answer.finish(),
        picture == null ? null : picture.bytes(),
        picture == null ? null : picture.type(),
        answer.model().isEmpty() ? asked.model() : answer.model(),
        trace);
  }

  private CallOutcome of(Row row) {
    return switch (row) {
      case KEY_REFUSED, BARE_REFUSAL -> new CallOutcome.KeySuspect(trace);
      case MALFORMED_KEY -> new CallOutcome.KeyMalformed(trace);
      case IN_FLIGHT -> limited(Reach.ACCOUNT, asked.shortOfMoney(), "in_flight", afterFlight());
      case CREDITS -> outOfCredit();
      case KEY_CAP -> limited(Reach.KEY, LimitClass.ALL, "key_cap", budgetOpensAt());
      case BUDGET -> limited(Reach.ACCOUNT, LimitClass.ALL, "budget", budgetOpensAt());
      case FREE_DAILY ->
          limited(Reach.ACCOUNT, LimitClass.FREE, "free_daily", complaint.resetsAt(now));
      case FREE_MINUTE -> limited(Reach.ACCOUNT, LimitClass.FREE, "free_minute", minuteOpensAt());
      case BARE_LIMIT -> limited(Reach.KEY, LimitClass.ALL, "rate", rateOpensAt());
      case TOO_DEAR -> tooDear();
      case UPSTREAM_LIMITED -> modelTrouble("upstream_limited");
      case NO_ENDPOINT, WRONG_MODALITIES -> modelTrouble("no_endpoint");
      case FOREIGN_CREDENTIAL -> modelTrouble("byok");
      case FOREIGN_CREDIT -> modelTrouble("provider_credits");
      case MODEL_TYPE -> modelTrouble("model_type");
      case EMPTY, USABLE -> modelTrouble("empty");
      case REASONING_ONLY -> modelTrouble("reasoning_only");
      case CONTENT_FILTER -> modelTrouble("content_filter");
      case REFUSED -> modelTrouble("refused");
      case CHOICE_ERROR, ERROR_INSIDE_SUCCESS, STREAM_ERROR -> modelTrouble("choice_error");
      case TOO_BIG -> modelTrouble("too_big");
      case MODERATION -> new CallOutcome.RequestFault("moderation", trace);
      case UNSUPPORTED_PARAMETER -> new CallOutcome.RequestFault("unsupported_parameter", trace);
      case TOO_LONG -> new CallOutcome.RequestFault("too_long", trace);
      case INVALID -> new CallOutcome.RequestFault("invalid", trace);
      case WRONG_ROUTE, NEEDS_MANAGEMENT_KEY ->
          new CallOutcome.RequestFault("wrong_endpoint", trace);
      case UNKNOWN -> unknown();
      case SERVER -> passing("server");
      case CUT, CUT_STREAM -> passing("cut");
      case RESET -> passing("reset");
      case TIMED_OUT, ONLY_KEEP_ALIVE -> new CallOutcome.TimedOut(trace);
      case UNREACHABLE -> new CallOutcome.Unreachable(lossWord, trace);
      case HTML_ANSWER -> new CallOutcome.Unreachable("html_answer", trace);
      case REDIRECT -> new CallOutcome.Unreachable("redirect", trace);
      case NOT_JSON -> new CallOutcome.Unreachable("not_json", trace);
      case ADDRESS_BLOCKED ->
          new CallOutcome.AddressBlocked(complaint.retryAfter(now).orElse(BLOCK_PAUSE), trace);
    };
  }

  private CallOutcome limited(
      Reach reach, LimitClass limitClass, String reason, Optional<Instant> until) {
    String account = complaint.account();
    return new CallOutcome.KeyLimited(
        new Limited(reach, limitClass, reason, until.orElse(null)),
        account.isEmpty() ? null : account,
        trace);
  }

  /** Credit is the account's, unless the sentence says that another key would have it. */
  private CallOutcome outOfCredit() {
    return KEY_S_OWN_CAP.matcher(complaint.message()).find()
        ? limited(Reach.KEY, LimitClass.ALL, "key_cap", budgetOpensAt())
        : limited(Reach.ACCOUNT, asked.shortOfMoney(), "credits", Optional.empty());
  }

  private CallOutcome tooDear() {
    Matcher prompt = PROMPT_BOUND.matcher(complaint.message());
    if (prompt.find()) {
      return new CallOutcome.TooDear(Integer.parseInt(prompt.group(1)), true, trace);
    }
    Matcher affordable = AFFORDABLE.matcher(complaint.message());
    return new CallOutcome.TooDear(
        affordable.find() ? Integer.parseInt(affordable.group(1)) : 0, false, trace);
  }

  private CallOutcome modelTrouble(String kind) {
    return new CallOutcome.ModelTrouble(kind, complaint.retryAfter(now).orElse(null), trace);
  }

  private CallOutcome passing(String kind) {
    return new CallOutcome.Transient(kind, complaint.retryAfter(now).orElse(null), trace);
  }

  /** A refusal of payment nobody has seen before may be the key's: its check decides. */
  private CallOutcome unknown() {
    return complaint.status() == 402
        ? new CallOutcome.KeySuspect(trace)
        : new CallOutcome.RequestFault("unknown", trace);
  }

  private Optional<Instant> afterFlight() {
    return Optional.of(now.plus(complaint.retryAfter(now).orElse(IN_FLIGHT_PAUSE)));
  }

  /** The named reset, else the next start of the period named in the sentence; a total has none. */
  private Optional<Instant> budgetOpensAt() {
    Matcher period = PERIOD.matcher(complaint.message());
    return complaint
        .resetsAt(now)
        .or(() -> period.find() ? ResetTime.nextPeriod(period.group(1), now) : Optional.empty());
  }

  private Optional<Instant> minuteOpensAt() {
    Instant latest = now.plus(LONGEST_FREE_MINUTE);
    return complaint
        .resetsAt(now)
        .or(() -> complaint.retryAfter(now).map(now::plus))
        .filter(latest::isAfter)
        .or(() -> Optional.of(latest));
  }

  private Optional<Instant> rateOpensAt() {
    return complaint.retryAfter(now).map(now::plus).or(() -> complaint.resetsAt(now));
  }
}
