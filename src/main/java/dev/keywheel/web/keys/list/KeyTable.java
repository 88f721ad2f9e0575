package dev.keywheel.web.keys.list;

import dev.keywheel.key.search.KeyFilter;
import dev.keywheel.key.search.KeyOrder;
import dev.keywheel.key.search.KeyPageQuery;
import dev.keywheel.key.search.KeySort;
import dev.keywheel.key.search.TestResultSummary;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.web.keys.list.KeyListPage.Choice;
import dev.keywheel.web.page.NumberFormats;
import dev.keywheel.web.page.Url;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The refreshed part of the page of keys: the pool strip and the list.
 *
 * @param partial as in {@link dev.keywheel.key.search.KeyPage}
 * @param version the version of the list: an equal version means that nothing has changed
 * @param asOf when the list was read
 * @param anyKeys whether the workspace has any key at all
 * @param trashed number of keys in the trash
 * @param samplesAvailable whether the sandbox's sample keys can be loaded
 * @param batches the running batches of tests, and the batch that was just started from this page
 * @param edits bulk changes of keys in progress
 * @param tested the test result by which the list is filtered; null for none
 */
public record KeyTable(
    PoolStrip strip,
    List<KeyRow> rows,
    int matching,
    boolean partial,
    String here,
    String table,
    String version,
    String asOf,
    @Nullable String before,
    @Nullable String after,
    KeysQuery query,
    boolean anyKeys,
    int trashed,
    boolean samplesAvailable,
    boolean severalPools,
    @Nullable TestResultSummary tested,
    List<KeyBatch> batches,
    List<KeyProgress> edits) {

  /** Whether keys are being tested or changed, so that the list polls more often. */
  public boolean busy() {
    return !edits.isEmpty() || batches.stream().anyMatch(batch -> batch.batch().running());
  }

  /** Title of the list when the workspace has no keys outside the trash. */
  public String noneTitle() {
    return trashed == 0 ? "No keys yet" : KeyMessages.allInTrash(trashed);
  }

  /** A column header with a link that sorts the list. */
  public record Column(String label, String href, @Nullable String sorted, String css) {}

  public List<Column> columns() {
    return List.of(
        column("Name", KeySort.NAME, "col-name"),
        column("Status", KeySort.STATUS, "col-status"),
        column("Account", KeySort.ACCOUNT, "wide-only col-account"),
        column("Last used", KeySort.LAST_USED, "wide-only col-used"),
        column("Calls", KeySort.CALLS, "number col-calls"),
        column("Success", KeySort.SUCCESS, "number wide-only col-number"),
        column("Latency", KeySort.LATENCY, "number wide-only col-number"));
  }

  public List<Choice> sorts() {
    return SortChoices.with(query.order());
  }

  /** Whether the search stopped at the end of this part of the list and a link continues it. */
  public boolean searchesMore() {
    return partial && query.order().by().indexed();
  }

  /**
   * A note if not all keys were searched, or if possibly not all matching keys are sorted; null
   * otherwise.
   */
  public @Nullable String sortedOnly() {
    if (partial) {
      return KeyMessages.searched(searchesMore());
    }
    boolean known = KeyMessages.counted(matching);
    int sorted = KeyPageQuery.sorted(query.filter(), matching);
    boolean all = query.order().by().indexed() || (known && matching <= sorted);
    return all
        ? null
        : (known ? "Only the " : "At most the ")
            + NumberFormats.grouped(sorted)
            + " keys assigned last are sorted. To sort other keys, narrow the list by search, status,"
            + " account or tag.";
  }

  /** Address of the page that saves this view under a name. */
  public String savePath() {
    return Url.of("/keys/views").with("view", query.view()).toString();
  }

  private Column column(String label, KeySort by, String css) {
    boolean current = query.order().by() == by;
    String direction = query.order().down() ? "descending" : "ascending";
    return new Column(label, query.sorted(by).toString(), current ? direction : null, css);
  }

  /** {@code All 1,234} matching keys; {@code All 2,000+} if they were not all counted. */
  public String allText() {
    return KeyMessages.counted(matching)
        ? "All " + KeyMessages.matching(matching)
        : unknown() ? "All" : "All " + NumberFormats.grouped(KeyPageQuery.MAX_COUNTED) + "+";
  }

  /** {@code All 1,234}, which the page continues with <em>keys selected</em>. */
  public String allSelected() {
    return unknown() ? "All matching" : allText();
  }

  private boolean unknown() {
    return matching == KeyPageQuery.NOT_COUNTED && !rows.isEmpty();
  }

  /** Whether more keys than those shown match or may match. */
  public boolean moreThanShown() {
    return unknown() || matching > rows.size();
  }

  public String summary() {
    return rows.isEmpty()
        ? "No key"
        : unknown()
            ? query.from() == 0 || rows.size() == 1
                ? KeyMessages.keys(rows.size()) + " shown"
                : "Keys " + position()
            : rows.size() == matching
                ? KeyMessages.matching(matching) + (matching == 1 ? " key" : " keys")
                : position() + " of " + KeyMessages.matching(matching) + " keys";
  }

  public List<KeyPageLink> pageLinks() {
    return KeyPageLink.of(this);
  }

  /** {@code 51–100}; only the number of rows when their position in the list is unknown. */
  private String position() {
    int from = query.from();
    return from == 0
        ? String.valueOf(rows.size())
        : NumberFormats.grouped(from) + "–" + NumberFormats.grouped(from + rows.size() - 1);
  }

  /** Label of the button that tests the keys matching the filter. */
  public String testText() {
    return KeyMessages.counted(matching)
        ? "Test " + NumberFormats.counted(matching, "matching key")
        : "Test all matching keys";
  }

  public boolean filtered() {
    return !query.filter().isAll();
  }

  /** Whether the list is filtered by active keys, but all keys are disabled. */
  public boolean allDisabled() {
    return onlyStatus() == KeyStatus.ACTIVE
        && strip.counts().notDisabled() == 0
        && strip.counts().all() > 0;
  }

  public String emptyTitle() {
    return switch (searched()) {
      case SOME -> "No match yet";
      case ALL -> "No key matched";
      case LAST -> "No match in the rest of the list";
      case ONLY -> {
        @Nullable KeyStatus status = onlyStatus();
        yield status == null
            ? "No key matches"
            : switch (status) {
              case ACTIVE -> "No active keys";
              case RATE_LIMITED -> "No rate-limited keys";
              case FAILED -> "No failed keys";
              case DISABLED -> "No disabled keys";
            };
      }
    };
  }

  public @Nullable String emptyText() {
    return switch (searched()) {
      case SOME -> KeyMessages.searched(searchesMore());
      case ALL ->
          "All keys were searched. Keys that were added or changed during the search may match.";
      case LAST -> null;
      case ONLY -> onlyStatus() == null ? "No key has these words and fits these filters." : null;
    };
  }

  /**
   * Address of the first part of the list if a search reached this part without a match, because
   * keys in earlier parts may match by now and the address in the browser is that of this part.
   * Null otherwise, and while the search continues.
   */
  @Nullable String beginning() {
    boolean noMatchBefore =
        rows.isEmpty() ? searched() == SearchedParts.ALL : query.hasPartsWithoutMatchBefore();
    return noMatchBefore ? query.url().toString() : null;
  }

  private SearchedParts searched() {
    return SearchedParts.of(query, partial);
  }

  /**
   * The status that the list is filtered by if the only other filter is by provider; otherwise
   * null.
   */
  private @Nullable KeyStatus onlyStatus() {
    var f = query.filter();
    return f.equals(new KeyFilter("", f.status(), f.provider(), null, null)) ? f.status() : null;
  }

  /** Address of the list with only keys of this status. */
  public String only(KeyStatus status) {
    var f = query.filter();
    var other = new KeyFilter("", status, f.provider(), null, null);
    return query.with(other).url().toString();
  }

  public String rotationOrderPath() {
    return query.withOrder(new KeyOrder(KeySort.ROTATION, false)).url().toString();
  }

  public boolean isInRotationOrder() {
    return query.order().by() == KeySort.ROTATION;
  }

  public String usualOrderPath() {
    return query.withOrder(KeyOrder.DEFAULT).url().toString();
  }

  public List<KeyFilterChip> chips() {
    return KeyFilterChip.of(query);
  }

  /** Address of the list without the filter by test result. */
  public String withoutTestResult() {
    return query.with(query.filter().with(null)).url().toString();
  }

  /** How many keys have changed since the test; empty if none. */
  public String changedSince() {
    if (tested == null || tested.changed() == 0) {
      return "";
    }
    boolean all = tested.keys() < KeyPageQuery.MAX_COUNTED;
    return (all ? "" : "At least ")
        + NumberFormats.grouped(tested.changed())
        + (tested.keys() == 1
            ? " key"
            : " of these " + (all ? KeyMessages.keys(tested.keys()) : "keys"))
        + (tested.changed() == 1 ? " has" : " have")
        + " changed since.";
  }

  /** The address of the page that replaces the secrets of failed keys. */
  public String replacementsPath() {
    String provider = query.filter().provider();
    return "/keys/replacements" + (provider == null ? "" : "?provider=" + provider);
  }

  public boolean showsOnly(KeyStatus status) {
    return query.filter().status() == status;
  }
}
