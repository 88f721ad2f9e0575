package dev.keywheel.web.keys;

import dev.keywheel.key.pool.KeyModels;
import dev.keywheel.key.search.KeyDetail;
import dev.keywheel.key.search.KeyHistory;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.Limit;
import dev.keywheel.provider.Evidence;
import dev.keywheel.provider.KeyInfo;
import dev.keywheel.provider.limit.KeyReason;
import dev.keywheel.provider.limit.LimitScope;
import dev.keywheel.recovery.store.TestOutcome;
import dev.keywheel.run.KeyUse;
import dev.keywheel.web.form.Fields;
import dev.keywheel.web.keys.list.KeyRow;
import dev.keywheel.web.page.Htmx;
import dev.keywheel.web.page.NumberFormats;
import dev.keywheel.web.page.RenderContext;
import dev.keywheel.web.page.Sparkline;
import dev.keywheel.web.page.TimeText;
import dev.keywheel.web.page.Url;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

public record KeyDetailPage(KeyDetail detail, KeyRow row, KeyHistory.Before before, Fields fields) {

  public List<KeyDetail.Change> changes() {
    return shown(detail.changes());
  }

  /** The models for which this key is not used now. */
  public List<KeyModels.Exclusion> exclusions() {
    return detail.exclusions().stream()
        .filter(a -> a.until().isAfter(RenderContext.now()))
        .toList();
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

  /** Address of the page with the newest rows of a list; null if this page shows them. */
  public @Nullable String newest(String part) {
    Object place =
        switch (part) {
          case "changes" -> before.change();
          case "tests" -> before.test();
          default -> before.use();
        };
    return place == null ? null : path() + "#" + part;
  }

  private String at(String part, Object place) {
    return Url.of(path()).with(part, place) + "#" + part;
  }

  private String path() {
    return "/keys/" + row.key().id();
  }

  /** The number of other keys of the account; empty without any. */
  public String siblingsText() {
    int number = detail.siblings();
    return number == 0
        ? ""
        : NumberFormats.upTo(number, KeyHistory.MAX_SIBLINGS)
            + (number == 1 ? " other key" : " other keys");
  }

  /** Address of the list of all keys of the account. */
  public String accountKeys() {
    return Url.of("/keys").with("account", row.key().account()).toString();
  }

  /** Address of the polled part of this page. */
  public String livePath() {
    return Url.of(path() + "/live")
        .with("changes", before.change())
        .with("tests", before.test())
        .with("uses", before.use())
        .toString();
  }

  /** A version that changes with the polled part. */
  public String version(Sparkline week) {
    return Htmx.version(List.of(detail, exclusions(), week));
  }

  private static boolean more(List<?> rows) {
    return rows.size() > KeyHistory.ROWS;
  }

  private static <T> List<T> shown(List<T> rows) {
    return rows.subList(0, Math.min(rows.size(), KeyHistory.ROWS));
  }

  /** A chart of the listed calls; empty if there are too few. */
  public Optional<CallChart> chart() {
    return uses().size() < CallChart.MIN_CALLS
        ? Optional.empty()
        : Optional.of(new CallChart(uses()));
  }

  /** When the next check is due, such as {@code 12:03:20 UTC}; empty if no check is due. */
  public String nextCheck() {
    var until = row.key().until();
    return until == null ? "" : TimeText.clockOrDate(until, RenderContext.now());
  }

  /**
   * Whether the provider stated when the daily limit ends. A passed test lifts this limit earlier
   * only if it shows that the provider answers free calls again.
   */
  public boolean outlastsTests() {
    ApiKey key = row.key();
    return key.reason() == KeyReason.FREE_DAILY
        && key.limits().stream().anyMatch(limit -> limit.named() && limit.reason() == key.reason());
  }

  /** The newest test if it was inconclusive; null otherwise and on pages of older rows. */
  public KeyDetail.@Nullable Test inconclusiveTest() {
    return detail.tests().isEmpty() || !before.equals(KeyHistory.Before.NOW)
        ? null
        : Optional.of(detail.tests().getFirst())
            .filter(test -> test.result().equals(TestOutcome.UNKNOWN.code()))
            .orElse(null);
  }

  public String whyTitle() {
    return row.key().status() == KeyStatus.FAILED
        ? "Why it failed"
        : "Why it is " + row.key().status().label().toLowerCase(Locale.ROOT);
  }

  public boolean failed() {
    return row.key().status() == KeyStatus.FAILED;
  }

  /** Number of finished calls without an answer, from runs, the gateway and deep tests. */
  public long failedCalls() {
    return row.key().calls() - row.key().callsOk();
  }

  public boolean disabled() {
    return row.key().status() == KeyStatus.DISABLED;
  }

  /** The account of the key; empty if it is unknown. */
  public static String account(ApiKey key) {
    return Objects.requireNonNullElse(key.account(), "");
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

  /** The source of the evidence: {@code the key check} or {@code the answer to a call (…)}. */
  public static String evidenceSource(Evidence evidence) {
    return evidence.source().equals("key check")
        ? "the key check"
        : "the answer to a call (" + evidence.source() + ")";
  }

  /** {@code $0.0125}, {@code < $0.0001}; a dash if unknown. */
  public static String money(@Nullable BigDecimal dollars) {
    return dollars == null ? "–" : NumberFormats.dollars(dollars, 2);
  }

  /** The key's data as last reported by the provider. */
  public List<Fact> facts() {
    var facts = Optional.ofNullable(detail.facts());
    return facts.map(KeyDetailPage::facts).orElse(List.of());
  }

  /** One line of {@link #facts()}. */
  public record Fact(String label, String value) {}

  private static List<Fact> facts(KeyInfo facts) {
    var lines = new ArrayList<Fact>();
    add(lines, "Label", facts.label());
    add(
        lines,
        "Spending cap",
        facts.limit() == null ? "none" : NumberFormats.dollars(facts.limit(), 2));
    add(
        lines,
        "Cap remaining",
        facts.limitRemaining() == null ? null : left(facts.limitRemaining()));
    add(lines, "Cap resets", facts.limitReset());
    add(lines, "Spent by this key", facts.usage() == null ? null : money(facts.usage()));
    add(lines, "Account", facts.freeTier() ? "has never bought credit" : "has bought credit");
    Integer left = facts.freeDailyRemaining();
    Integer limit = facts.freeDailyLimit();
    add(
        lines,
        "Free requests left today",
        left == null
            ? null
            : NumberFormats.grouped(left)
                + (limit == null ? "" : " of " + NumberFormats.grouped(limit)));
    add(lines, "Expires", facts.expiresAt() == null ? null : TimeText.absolute(facts.expiresAt()));
    return List.copyOf(lines);
  }

  private static String left(BigDecimal remaining) {
    return remaining.signum() < 0
        ? "nothing, over the cap by " + NumberFormats.dollars(remaining.negate(), 2)
        : NumberFormats.dollars(remaining, 2);
  }

  private static void add(List<Fact> lines, String label, @Nullable String value) {
    if (value != null && !value.isBlank()) {
      lines.add(new Fact(label, value));
    }
  }
}
