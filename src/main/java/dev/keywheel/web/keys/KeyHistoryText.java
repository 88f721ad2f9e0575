package dev.keywheel.web.keys;

import dev.keywheel.key.search.KeyDetail;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.recovery.store.KeyTestResult;
import dev.keywheel.recovery.store.TestOutcome;
import dev.keywheel.rotation.OutcomeText;
import dev.keywheel.run.AttemptState;
import dev.keywheel.run.KeyUse;
import dev.keywheel.web.page.NumberFormats;
import dev.keywheel.web.page.Severity;
import java.math.BigDecimal;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Texts of the rows in a key's history: changes, tests, calls. */
public final class KeyHistoryText {
  private KeyHistoryText() {}

  public static String why(KeyDetail.Test test) {
    return KeyTestResult.sentence(test.reason(), test.limitedUntil());
  }

  /** {@code Deep test with M, 18 tokens, $0.0001}, or {@code Key check} for a free test. */
  public static String kind(KeyDetail.Test test) {
    return test.model() == null
        ? "Key check"
        : "Deep test with " + test.model() + ", " + used(test);
  }

  public static Severity tone(KeyDetail.Test test) {
    return Severity.of(TestOutcome.of(test.result()));
  }

  public static String result(KeyDetail.Test test) {
    return TestOutcome.of(test.result()).label();
  }

  private static String used(KeyDetail.Test test) {
    Integer tokens = test.tokens();
    return tokens == null
        ? "usage unknown"
        : NumberFormats.grouped(tokens) + " tokens, " + cost(test.cost());
  }

  private static String cost(@Nullable BigDecimal dollars) {
    return dollars == null || dollars.signum() == 0
        ? "no cost"
        : "$" + dollars.stripTrailingZeros().toPlainString();
  }

  /** Result of a call, in the words of the run page. */
  public static String result(KeyUse use) {
    return OutcomeText.sentence(AttemptState.of(use.state()), use.httpStatus(), use.outcome());
  }

  public static String change(KeyDetail.Change change) {
    return switch (change.kind()) {
      case "added" -> "Added";
      case "enabled" -> "Enabled";
      case "disabled" -> "Disabled";
      case "deleted" -> "Deleted";
      case "restored" -> "Restored from the trash";
      case "renamed" -> "Renamed";
      case "account" -> "Account set";
      case "tags" -> "Tags changed";
      case "secret" -> "Secret replaced";
      case "revealed" -> "Secret shown";
      case "deep_test" -> "Deep test requested";
      case "status" -> status(change);
      default -> change.kind();
    };
  }

  /** The reason for a change; empty for changes without a reason. */
  public static String why(KeyDetail.Change change) {
    return switch (change.kind()) {
      case "enabled" -> "Enabled by a user" + previousStatusText(change);
      case "disabled" -> "Disabled by a user";
      default -> KeyDetailPage.sentence(change.reason());
    };
  }

  /**
   * For an enabled key that is limited or failed as before it was disabled: {@code , rate limited
   * as before: Too many requests}; empty for an active key.
   */
  private static String previousStatusText(KeyDetail.Change change) {
    KeyStatus to = change.to();
    return to == null || to == KeyStatus.ACTIVE
        ? ""
        : ", %s as before: %s"
            .formatted(
                to.label().toLowerCase(Locale.ROOT), KeyDetailPage.sentence(change.reason()));
  }

  private static String status(KeyDetail.Change change) {
    KeyStatus from = change.from();
    KeyStatus to = change.to();
    if (from == null || to == null) {
      return "Status";
    }
    return from == to ? to.label() + ", limits changed" : from.label() + " → " + to.label();
  }

  public static String actor(String actor) {
    return switch (actor) {
      case "run" -> "a run";
      case "gateway" -> "a request";
      case "recovery" -> "a test";
      default -> actor;
    };
  }
}
