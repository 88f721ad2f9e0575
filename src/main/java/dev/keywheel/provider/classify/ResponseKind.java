package dev.keywheel.provider.classify;

import dev.keywheel.provider.Evidence;

/**
 * The rows of the decision table: every kind of answer that Keywheel distinguishes. Rows with the
 * same number are variants of one line of the table and have different next steps.
 *
 * <p>Only {@link #IN_FLIGHT}, {@link #CREDITS}, {@link #BARE_402}, {@link #KEY_CAP}, {@link
 * #BUDGET}, {@link #FREE_DAILY}, {@link #FREE_MINUTE}, {@link #MALFORMED_KEY}, {@link
 * #TOO_EXPENSIVE} (if the credit is too low for a useful request) and, briefly, {@link #BARE_LIMIT}
 * change what a key may be used for. {@link #KEY_REFUSED}, {@link #BARE_REFUSAL} and an {@link
 * #UNKNOWN} answer with status 402 lead to a key check.
 */
public enum ResponseKind {
  USABLE("R1 usable answer"),
  KEY_REFUSED("R2 key refused"),
  UPSTREAM_CREDENTIAL("R3 credential of the upstream provider"),
  IN_FLIGHT("R4 in-flight budget"),
  TOO_EXPENSIVE("R5 request too expensive"),
  CREDITS("R6 out of credit"),
  BARE_402("R6 bare 402"),
  KEY_CAP("R7 key limit"),
  BUDGET("R8 budget"),
  UPSTREAM_CREDIT("R9 credit of the upstream provider"),
  MODERATION("R10 moderation"),
  MODEL_TYPE("R11 model not for this use"),
  NEEDS_MANAGEMENT_KEY("R12 needs a management key"),
  BARE_REFUSAL("R13 bare 403"),
  NO_ENDPOINT("R14 no endpoint"),
  ACCOUNT_POLICY("R14 data policy or guardrail"),
  WRONG_MODALITIES("R14 wrong modalities"),
  WRONG_ROUTE("R14 wrong route"),
  UNSUPPORTED_PARAMETER("R14 unsupported parameter"),
  TOO_LONG("R14 too long"),
  INVALID("R14 invalid request"),
  FREE_DAILY("R15 free daily"),
  FREE_MINUTE("R16 free minute"),
  UPSTREAM_LIMITED("R17 upstream limited"),
  BARE_LIMIT("R18 bare 429"),
  ADDRESS_BLOCKED("R19 address blocked"),
  SERVER("R20 server"),
  UNREACHABLE("R21 unreachable"),
  RESET("R21 reset"),
  TIMED_OUT("R22 own time-out"),
  ERROR_INSIDE_SUCCESS("R23 error inside 200"),
  EMPTY("R24 empty answer"),
  REASONING_ONLY("R25 reasoning used up the tokens"),
  CONTENT_FILTER("R26 content filter"),
  REFUSED("R26 refused by the model"),
  CHOICE_ERROR("R27 choice error"),
  STREAM_ERROR("R28 error in the stream"),
  CUT_STREAM("R29 stream without an end"),
  ONLY_KEEP_ALIVE("R30 only keep-alive"),
  HTML_ANSWER("R31 html answer"),
  REDIRECT("R31 redirect"),
  NOT_JSON("R31 not json"),
  NO_BODY("R31 empty body"),
  CUT("R32 cut answer"),
  MALFORMED_KEY("R33 malformed key"),
  TOO_BIG("R34 answer too large"),
  UNKNOWN("R34 unknown");

  private final String label;

  ResponseKind(String label) {
    this.label = label;
  }

  /** The text for {@link Evidence#rule()}. */
  public String label() {
    return label;
  }
}
