package dev.keywheel.web.keys.list;

import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.Limit;
import dev.keywheel.provider.limit.LimitClass;
import dev.keywheel.provider.limit.LimitScope;
import dev.keywheel.recovery.store.KeyTestResult;
import dev.keywheel.recovery.store.TestOutcome;
import dev.keywheel.time.DurationText;
import dev.keywheel.usage.UsageTotals;
import dev.keywheel.web.page.NumberFormats;
import dev.keywheel.web.page.Severity;
import dev.keywheel.web.page.Sparkline;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A key as a row of the list.
 *
 * @param tested the key's test, if it is running or has just ended; otherwise null
 * @param week calls on each of the last 7 days, oldest first; empty if they were not read
 */
public record KeyRow(ApiKey key, @Nullable KeyTestResult tested, List<Long> week) {

  /** Number of tags that a row shows; the page of the key shows all. */
  private static final int MAX_TAGS = 6;

  public KeyRow(ApiKey key) {
    this(key, null, List.of());
  }

  public List<String> tags() {
    return key.tags().subList(0, Math.min(MAX_TAGS, key.tags().size()));
  }

  /** Number of the tags that the row does not show. */
  public int moreTags() {
    return key.tags().size() - tags().size();
  }

  /** State or result of the key's test; the template adds the time at which the test ended. */
  public String result() {
    TestOutcome outcome = tested == null ? null : tested.outcome();
    if (tested == null || outcome == null) {
      return "Testing…";
    }
    return switch (outcome) {
      case ACTIVE ->
          (tested.recovered() ? "Test: works again" : "Test: works")
              + (tested.latencyMs() == null ? "" : ", " + DurationText.ofMillis(tested.latencyMs()))
              + (limitedByAccount() ? "; its account is rate limited" : "");
      case RATE_LIMITED -> "Test: rate limited";
      case FAILED -> "Test: failed";
      case UNKNOWN -> "Could not be tested: " + tested.sentence();
      case CANCELLED -> "Not tested";
    };
  }

  /**
   * Whether a test of another key may be why this key, although its own test passed, is limited.
   */
  private boolean limitedByAccount() {
    return key.status() == KeyStatus.RATE_LIMITED
        && key.limits().stream().anyMatch(limit -> limit.reach() == LimitScope.ACCOUNT);
  }

  public Severity tone() {
    return Severity.of(key.status());
  }

  /** Why the key has its status; null for an active or disabled key. */
  public @Nullable String why() {
    return key.reason() == null ? null : key.reason().sentence();
  }

  /**
   * Whether the row shows the reason for the status before the test result, because it explains the
   * result.
   */
  public boolean reasonFirst() {
    return why() != null && (tested == null || tested.outcome() != null);
  }

  /** The limits of an active key, which exclude it for some models; empty for other keys. */
  public List<String> notes() {
    return key.status() == KeyStatus.ACTIVE
        ? key.limits().stream().map(KeyRow::note).toList()
        : List.of();
  }

  private static String note(Limit limit) {
    String models =
        limit.limitClass() == LimitClass.ALL
            ? "any model"
            : limit.limitClass().name().toLowerCase(Locale.ROOT) + " models";
    return "Not for " + models + ": " + limit.reason().sentence();
  }

  /** {@code 97.3 %}; a dash before the first call. */
  public String success() {
    return key.calls() == 0 ? "–" : UsageTotals.percent(key.callsOk(), key.calls()) + " %";
  }

  public String calls() {
    return NumberFormats.grouped(key.calls());
  }

  /** A chart of the calls of the last 7 days; null if there were no calls. */
  public @Nullable Sparkline sparkline() {
    return week.stream().allMatch(count -> count == 0) ? null : Sparkline.days(week);
  }

  public String latency() {
    Integer ms = key.lastLatencyMs();
    return ms == null ? "–" : DurationText.ofMillis(ms);
  }
}
