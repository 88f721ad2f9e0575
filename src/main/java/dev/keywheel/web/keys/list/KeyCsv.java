package dev.keywheel.web.keys.list;

import static java.util.Objects.requireNonNullElse;
import static java.util.stream.Collectors.joining;

import dev.keywheel.key.search.KeyFilter;
import dev.keywheel.key.search.KeyList;
import dev.keywheel.key.search.KeyOrder;
import dev.keywheel.key.search.KeyPage;
import dev.keywheel.key.search.KeySort;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.provider.Providers;
import dev.keywheel.secret.shape.SecretShape;
import dev.keywheel.web.page.Csv;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes all keys of a filtered list as CSV, without secrets and with times in UTC. */
final class KeyCsv {
  private static final int KEYS_PER_READ = 1_000;
  private static final Logger log = LoggerFactory.getLogger(KeyCsv.class);

  /** Passed instead of the number of matching keys, so that the query does not count them. */
  private static final OptionalInt UNCOUNTED = OptionalInt.of(0);

  private final KeyList list;

  KeyCsv(KeyList list) {
    this.list = list;
  }

  void write(UUID workspace, KeysQuery query, OutputStream out) throws IOException {
    write(
        out,
        Csv.line(
            "name",
            "key",
            "provider",
            "status",
            "reason",
            "until",
            "account",
            "tags",
            "calls",
            "answered calls",
            "latency in ms",
            "tokens",
            "cost in USD",
            "last used",
            "last tested",
            "added"));
    try {
      String cursor = "";
      do {
        KeyPage part =
            list.page(
                workspace,
                query.filter(),
                order(query),
                new KeyPage.Slice(UNCOUNTED, cursor, false, KEYS_PER_READ));
        write(out, part.keys().stream().map(KeyCsv::line).collect(joining()));
        cursor = requireNonNullElse(part.after(), "");
      } while (!cursor.isEmpty());
    } catch (RuntimeException e) {
      log.warn("The list of keys as CSV is incomplete", e);
      write(out, Csv.INCOMPLETE);
    }
  }

  /** The filter for the audit log; a value that looks like a key is omitted. */
  static Map<String, String> details(KeyFilter filter) {
    var details = new TreeMap<String, String>();
    put(details, "text", filter.text());
    put(details, "status", filter.status() == null ? "" : filter.status().code());
    put(details, "provider", filter.provider());
    put(details, "account", filter.account());
    put(details, "tag", filter.tag());
    KeyFilter.BatchOutcome tested = filter.tested();
    if (tested != null) {
      details.put("result", tested.outcome().code());
      details.put("batch", tested.batch().toString());
    }
    return details;
  }

  private static void put(Map<String, String> details, String name, @Nullable String value) {
    if (value != null && !value.isEmpty() && !SecretShape.POSSIBLE.isIn(value)) {
      details.put(name, value);
    }
  }

  /**
   * The order of the list if an index supports it and no key changes its position between two
   * parts; otherwise the order by name.
   */
  private static KeyOrder order(KeysQuery query) {
    KeySort by = query.order().by();
    return by == KeySort.NAME || by == KeySort.ADDED ? query.order() : KeyOrder.DEFAULT;
  }

  private static void write(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String line(ApiKey key) {
    return Csv.line(
        key.name(),
        key.masked(),
        Providers.label(key.pool().provider()),
        key.status().label(),
        key.reason() == null ? "" : key.reason().sentence(),
        text(key.until()),
        requireNonNullElse(key.account(), ""),
        String.join(", ", key.tags()),
        String.valueOf(key.calls()),
        String.valueOf(key.callsOk()),
        key.lastLatencyMs() == null ? "" : key.lastLatencyMs().toString(),
        String.valueOf(key.tokens()),
        key.cost().toPlainString(),
        text(key.lastUsedAt()),
        text(key.lastTestedAt()),
        text(key.addedAt()));
  }

  private static String text(@Nullable Instant at) {
    return at == null ? "" : at.toString();
  }
}
