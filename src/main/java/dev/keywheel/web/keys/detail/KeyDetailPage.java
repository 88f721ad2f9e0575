package dev.keywheel.web.keys.detail;

import dev.keywheel.key.pool.KeyModels;
import dev.keywheel.key.search.KeyDetail;
import dev.keywheel.key.search.KeyHistory;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.Limit;
import dev.keywheel.provider.Evidence;
import dev.keywheel.provider.limit.KeyReason;
import dev.keywheel.provider.limit.LimitClass;
import dev.keywheel.provider.limit.LimitScope;
import dev.keywheel.recovery.store.KeyTestResult;
import dev.keywheel.recovery.store.TestOutcome;
import dev.keywheel.rotation.OutcomeText;
import dev.keywheel.run.AttemptState;
import dev.keywheel.run.KeyUse;
import dev.keywheel.web.form.Fields;
import dev.keywheel.web.keys.list.KeyRow;
import dev.keywheel.web.page.NumberFormats;
import dev.keywheel.web.page.RenderContext;
import dev.keywheel.web.page.Severity;
import dev.keywheel.web.page.TimeText;
import dev.keywheel.web.page.Url;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Everything about one key. */
public record KeyDetailPage(KeyDetail detail, KeyRow row, KeyHistory.Before before, Fields fields) {

  private static final BigDecimal LEAST_SHOWN = new BigDecimal("0.0001");

  public List<KeyDetail.Change> changes() {
    return shown(detail.changes());
  }

  /** The models that skip this key now. */
  public List<KeyModels.Aside> aside() {
    return detail.aside().stream().filter(a -> a.until().isAfter(RenderContext.now())).toList();
  }

  public List<KeyDetail.Test> tests() {
    return shown(detail.tests());
  }

  public List<KeyUse> uses() {
    return shown(detail.uses());
  }

  /** Address of the older changes; null if there are none. */
  public @Nullable String olderChanges() {
    return more(detail.changes()) ? at("changes", changes().getLast().id()) : null;
  }

  public @Nullable String olderTests() {
    return more(detail.tests()) ? at("tests", tests().getLast().at()) : null;
  }

  public @Nullable String olderUses() {
    return more(detail.uses()) ? at("uses", uses().getLast().id()) : null;
  }

  /** Address of the page with the newest rows; null if this is it. */
  public @Nullable String newest(String part) {
    return before.equals(KeyHistory.Before.NOW) ? null : path() + "#" + part;
  }

  private String at(String part, Object place) {
    return Url.of(path()).with(part, place) + "#" + part;
  }

  private String path() {
    return "/keys/" + row.key().id();
  }

  private static boolean more(List<?> rows) {
    return rows.size() > KeyHistory.ROWS;
  }

  private static <T> List<T> shown(List<T> rows) {
    return rows.subList(0, Math.min(rows.size(), KeyHistory.ROWS));
  }

  /** A chart of the listed calls; empty if there are too few. */
  public Optional<CallChart> chart() {
    return uses().size() < CallChart.LEAST ? Optional.empty() : Optional.of(new CallChart(uses()));
  }

  /** {@code 12:03:20 UTC}, with the day when it is not today. */
  public String until() {
    var until = row.key().until();
    if (until == null) {
      return "";
    }
    boolean today = Duration.between(RenderContext.now(), until).toHours() < 12;
    return today ? TimeText.clock(until) + " UTC" : TimeText.absolute(until);
  }

  /** Whether the time is the provider's own, and a test that succeeds before it ends nothing. */
  public boolean outlastsTests() {
    ApiKey key = row.key();
    return key.reason() == KeyReason.FREE_DAILY
        && key.limits().stream().anyMatch(limit -> limit.named() && limit.reason() == key.reason());
  }

  /** The newest test if it was inconclusive; null otherwise and on pages of older rows. */
  public KeyDetail.@Nullable Test unanswered() {
    return detail.tests().isEmpty() || !before.equals(KeyHistory.Before.NOW)
        ? null
        : Optional.of(detail.tests().getFirst())
            .filter(test -> test.result().equals(TestOutcome.UNKNOWN.word()))
            .orElse(null);
  }

  public String whyTitle() {
    return row.key().status() == KeyStatus.FAILED
        ? "Why it failed"
        : "Why it is " + row.key().status().label().toLowerCase(Locale.ROOT);
  }

  public boolean disabled() {
    return row.key().status() == KeyStatus.DISABLED;
  }

  /** {@code Free models · its account}. */
  public static String scope(Limit limit) {
    String models =
        switch (limit.limitClass()) {
          case ALL -> "All models";
          case FREE -> "Free models";
          case PAID -> "Paid models";
        };
    return models + " · " + (limit.reach() == LimitScope.ACCOUNT ? "its account" : "this key");
  }

  public static String sentence(@Nullable KeyReason reason) {
    return reason == null ? "" : reason.sentence();
  }

  /** The reason of a test's result. */
  public static String why(KeyDetail.Test test) {
    return KeyTestResult.sentence(test.reason(), test.limitedUntil());
  }

  /** {@code Deep test with M, 18 tokens, $0.0001}; the word for the free one else. */
  public static String kind(KeyDetail.Test test) {
    return test.model() == null
        ? "Key check"
        : "Deep test with " + test.model() + ", " + used(test);
  }

  /** The same severities as on the page of the batch. */
  public static Severity tone(KeyDetail.Test test) {
    return switch (TestOutcome.of(test.result())) {
      case ACTIVE -> Severity.OK;
      case RATE_LIMITED -> Severity.WARN;
      case FAILED -> Severity.BAD;
      case UNKNOWN -> Severity.INFO;
      case CANCELLED -> Severity.OFF;
    };
  }

  public static String result(KeyDetail.Test test) {
    return TestOutcome.of(test.result()).label();
  }

  public static String took(long millis) {
    return TimeText.duration(Duration.ofMillis(millis));
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

  public static boolean paidOnly(Limit limit) {
    return limit.limitClass() == LimitClass.PAID;
  }

  /** Where it was seen: {@code the key check}, {@code the answer to a call}. */
  public static String where(Evidence evidence) {
    return evidence.source().equals("key check")
        ? "the key check"
        : "the answer to a call (" + evidence.source() + ")";
  }

  /** Label of a change. */
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
      case "revealed" -> "Secret shown";
      case "deep_test" -> "Deep test requested";
      case "status" -> status(change);
      default -> change.kind();
    };
  }

  /** The reason of a change; empty for changes that need none. */
  public static String why(KeyDetail.Change change) {
    return switch (change.kind()) {
      case "enabled" -> "Enabled by a user" + held(change);
      case "disabled" -> "Disabled by a user";
      default -> sentence(change.reason());
    };
  }

  /** {@code , rate limited as before: Too many requests}; empty for an active one. */
  private static String held(KeyDetail.Change change) {
    KeyStatus to = change.to();
    return to == null || to == KeyStatus.ACTIVE
        ? ""
        : ", " + to.label().toLowerCase(Locale.ROOT) + " as before: " + sentence(change.reason());
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
      case "recovery" -> "a test";
      default -> actor;
    };
  }

  /** {@code $0.0125}, {@code < $0.0001}; a dash for nothing known. */
  public static String money(@Nullable BigDecimal dollars) {
    return dollars == null || dollars.signum() == 0 ? "–" : dollars(dollars);
  }

  private static String dollars(BigDecimal amount) {
    if (amount.signum() > 0 && amount.compareTo(LEAST_SHOWN) < 0) {
      return "< $" + LEAST_SHOWN.toPlainString();
    }
    return "$" + amount.setScale(Math.min(4, Math.max(2, amount.scale())), RoundingMode.HALF_UP);
  }

  /** The key's data as last reported by the provider. */
  public List<Fact> facts() {
    var facts = Optional.ofNullable(detail.facts());
    return facts.map(KeyDetailPage::facts).orElse(List.of());
  }

  /** One line of {@link #facts()}. */
  public record Fact(String label, String value) {}

  private static List<Fact> facts(dev.keywheel.provider.KeyInfo facts) {
    var lines = new java.util.ArrayList<Fact>();
    add(lines, "Label", facts.label());
    add(lines, "Spending cap", facts.limit() == null ? "none" : dollars(facts.limit()));
    add(
        lines,
        "Left of the cap",
        facts.limitRemaining() == null ? null : left(facts.limitRemaining()));
    add(lines, "Cap resets", facts.limitReset());
    add(lines, "Spent by this key", facts.usage() == null ? null : money(facts.usage()));
    add(lines, "Account", facts.freeTier() ? "has has never bought credit" : "has bought credit");
    Integer left = facts.freeDailyRemaining();
    Integer limit = facts.freeDailyLimit();
    add(
        lines,
        "Free requests left today",
        left == null ? null : limit == null ? left.toString() : left + " of " + limit);
    add(lines, "Expires", facts.expiresAt() == null ? null : TimeText.absolute(facts.expiresAt()));
    return List.copyOf(lines);
  }

  private static String left(BigDecimal remaining) {
    return remaining.signum() < 0
        ? "nothing, over it by " + dollars(remaining.negate())
        : dollars(remaining);
  }

  private static void add(List<Fact> lines, String label, @Nullable String value) {
    if (value != null && !value.isBlank()) {
      lines.add(new Fact(label, value));
    }
  }
}
