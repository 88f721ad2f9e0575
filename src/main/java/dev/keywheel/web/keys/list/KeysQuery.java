package dev.keywheel.web.keys.list;

import dev.keywheel.key.search.KeyFilter;
import dev.keywheel.key.search.KeyOrder;
import dev.keywheel.key.search.KeySort;
import dev.keywheel.key.search.KeyTestOutcomeFilter;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.web.form.Parameter;
import dev.keywheel.web.page.Paging;
import dev.keywheel.web.page.SearchText;
import dev.keywheel.web.page.Url;
import dev.keywheel.web.security.LocalPath;
import io.javalin.http.Context;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The filter, order and position of the list of keys, all in its address, so that it can be shared
 * and reloaded. Malformed parameters become the defaults.
 *
 * @param from 1-based position of the first row, as counted by the links to this page; 0 if unknown
 * @param selected whether the page opens with its rows ticked; the links of the page omit this, so
 *     that no row stays selected after an action
 * @param started batch of tests started from this page, shown even after its end; null for none
 */
public record KeysQuery(
    KeyFilter filter,
    KeyOrder order,
    int size,
    String cursor,
    boolean backwards,
    int from,
    boolean selected,
    @Nullable UUID started) {

  static final String CSV = "/keys/list.csv";

  static KeysQuery of(Context ctx) {
    var values = new HashMap<String, String>();
    ctx.queryParamMap().forEach((name, all) -> values.put(name, all.getFirst()));
    return of(values);
  }

  /** Parses an address that a form submits. */
  public static KeysQuery ofPath(String path) {
    int at = LocalPath.or(path, "").indexOf('?');
    var values = new HashMap<String, String>();
    if (at >= 0) {
      Arrays.stream(path.substring(at + 1).split("&"))
          .map(pair -> pair.split("=", 2))
          .filter(pair -> pair.length == 2)
          .forEach(pair -> values.put(decoded(pair[0]), decoded(pair[1])));
    }
    return of(values);
  }

  private static final Pattern FILTER_WORD =
      Pattern.compile("(?:^|\\s)(status|provider|tag):(\\S+)(?=\\s|$)");

  /** {@code status:failed}, {@code provider:x} and {@code tag:x} in the search are filters. */
  private static Map<String, String> withFilterWords(Map<String, String> sent) {
    String text = sent.getOrDefault("q", "");
    var values = new HashMap<>(sent);
    var word = FILTER_WORD.matcher(text);
    while (word.find()) {
      values.put(word.group(1), word.group(2).toLowerCase(Locale.ROOT));
    }
    values.put("q", FILTER_WORD.matcher(text).replaceAll("").strip());
    return values;
  }

  private static KeysQuery of(Map<String, String> sent) {
    Map<String, String> values = withFilterWords(sent);
    String before = values.getOrDefault("before", "");
    String after = values.getOrDefault("after", "");
    var filter =
        new KeyFilter(
            SearchText.of(values.get("q")),
            KeyStatus.named(values.getOrDefault("status", "")).orElse(null),
            nonEmpty(values.get("provider")),
            nonEmpty(values.get("account")),
            nonEmpty(values.get("tag")),
            tested(values));
    return new KeysQuery(
        filter,
        KeyOrder.of(values.getOrDefault("sort", "")),
        Paging.sizeOf(values.get("size")),
        before.isEmpty() ? after : before,
        !before.isEmpty(),
        before.isEmpty() && after.isEmpty() ? 1 : place(values.get("from")),
        values.containsKey("selected"),
        filter.tested() == null ? uuid(values.get("batch")).orElse(null) : null);
  }

  /**
   * This list with the batch that was started last from the page at this URL. A form that was
   * rendered before that start sends an earlier batch.
   */
  KeysQuery withStartedOf(String page) {
    var path = page.replaceFirst("^https?://[^/]+", "").replaceFirst("#.*", "");
    UUID batch = filter.tested() == null ? ofPath(path).started() : null;
    return batch == null
        ? this
        : new KeysQuery(filter, order, size, cursor, backwards, from, selected, batch);
  }

  /** Address of the first page of this list, with the batch that was started from it. */
  Url url() {
    return withStarted(view());
  }

  /** Address of the first page of this list, for a saved view. */
  Url view() {
    return url("/keys");
  }

  /** Address of the fragment of this page of the list. */
  Url table() {
    return withStarted(at(url("/keys/table")));
  }

  /** Address of this page of the list, with the batch that was started from it. */
  public Url reload() {
    return withStarted(here());
  }

  private Url withStarted(Url url) {
    return started == null ? url : url.with("batch", started);
  }

  /**
   * Address of this page of the list with a batch that was just started from it. A list that is
   * filtered by a result of an earlier batch keeps its filter, and shows the new batch only until
   * it ends.
   */
  public Url withBatch(UUID batch) {
    return filter.tested() == null ? here().with("batch", batch) : here();
  }

  public Url csv() {
    return url(CSV);
  }

  /** Address of this page of the list. */
  public Url here() {
    return at(url("/keys"));
  }

  /** The result of this batch by which the list is filtered; null if it is not filtered by one. */
  public @Nullable KeyTestOutcomeFilter shownOf(UUID batch) {
    KeyFilter.BatchOutcome tested = filter.tested();
    return tested != null && tested.batch().equals(batch) ? tested.outcome() : null;
  }

  Url sorted(KeySort by) {
    boolean down = order.by() == by && !order.down();
    return withOrder(new KeyOrder(by, down)).url();
  }

  KeysQuery withOrder(KeyOrder other) {
    return new KeysQuery(filter, other, size, "", false, 1, false, started);
  }

  /** Whether no key before this page matched when the user followed the links to it. */
  boolean atFirstMatch() {
    return from == 1 && !backwards;
  }

  /** Whether there are parts of the list before this one, in which no key matched. */
  boolean hasPartsWithoutMatchBefore() {
    return !cursor.isEmpty() && atFirstMatch();
  }

  /**
   * @param rows number of rows that this page shows
   * @param partial whether the search stopped at the end of this page. The link then has a position
   *     only while no key has matched, because an earlier page may be partial too.
   */
  Url after(String place, int rows, boolean partial) {
    boolean known = from != 0 && !(partial && (rows > 0 || from > 1));
    return placed(url().with("after", place), known ? from + rows : 0);
  }

  Url before(String place) {
    return placed(url().with("before", place), Math.max(0, from - size));
  }

  private static Url placed(Url url, int from) {
    return from == 0 ? url : url.with("from", from);
  }

  KeysQuery with(KeyFilter other) {
    return new KeysQuery(other, order, size, "", false, 1, false, started);
  }

  private Map<String, String> kept() {
    var kept = new LinkedHashMap<String, String>();
    put(kept, "q", filter.text());
    put(kept, "status", filter.status() == null ? null : filter.status().code());
    put(kept, "provider", filter.provider());
    put(kept, "account", filter.account());
    put(kept, "tag", filter.tag());
    put(kept, "batch", filter.tested() == null ? null : filter.tested().batch());
    put(kept, "result", filter.tested() == null ? null : filter.tested().outcome().code());
    put(kept, "size", size == Paging.DEFAULT_SIZE ? null : size);
    return kept;
  }

  private static void put(Map<String, String> fields, String name, @Nullable Object value) {
    if (value != null && !value.toString().isEmpty()) {
      fields.put(name, value.toString());
    }
  }

  private Url at(Url url) {
    return cursor.isEmpty() ? url : placed(url.with(backwards ? "before" : "after", cursor), from);
  }

  private Url url(String path) {
    var fields = kept();
    put(fields, "sort", order.equals(KeyOrder.DEFAULT) ? null : order.word());
    var url = Url.of(path);
    for (var field : fields.entrySet()) {
      url = url.with(field.getKey(), field.getValue());
    }
    return url;
  }

  /** The filter by test result; null for a batch alone, as in the address after starting tests. */
  private static KeyFilter.@Nullable BatchOutcome tested(Map<String, String> values) {
    var as = KeyTestOutcomeFilter.read(values.get("result"));
    return uuid(values.get("batch"))
        .flatMap(batch -> as.map(result -> new KeyFilter.BatchOutcome(batch, result)))
        .orElse(null);
  }

  private static Optional<UUID> uuid(@Nullable String text) {
    return Parameter.parsed(text, UUID::fromString);
  }

  private static int place(@Nullable String text) {
    return text != null && text.matches("[1-9][0-9]{0,7}") ? Integer.parseInt(text) : 0;
  }

  private static @Nullable String nonEmpty(@Nullable String text) {
    String clean = SearchText.of(text);
    return clean.isEmpty() ? null : clean;
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return "";
    }
  }
}
