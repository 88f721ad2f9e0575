package dev.keywheel.web.keys;

import static dev.keywheel.db.schema.Tables.API_KEYS;

import dev.keywheel.bench.Bench;
import dev.keywheel.bench.Bench.Figure;
import dev.keywheel.key.imports.ImportReport;
import dev.keywheel.key.imports.KeyImport;
import dev.keywheel.key.search.KeySort;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.TestPool;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jooq.impl.DSL;

/**
 * The page of keys with 10,000 keys: every filter and sort over HTTP on loopback, the whole page
 * from the request to its last byte; and the import of 10,000 keys into an empty and into a full
 * pool.
 */
public final class KeysBench implements Bench.Benchmark {
  private static final int KEYS = 10_000;
  private static final int TIMES = 20;
  private static final List<String> FILTERS =
      List.of(
          "",
          "size=200",
          "status=active",
          "q=key0042",
          "q=example", // finds every key
          "q=nothing+like+it",
          "q=spending", // finds by the reason
          "status=failed&q=key",
          "account=user_42",
          "tag=spare",
          "tag=spare&status=rate_limited&q=user_4");

  /** Number of pages of 50 keys to the middle of the list, where the deep page is measured. */
  private static final int DEEP = 100;

  private static final Pattern NEXT = Pattern.compile("rel=\"next\" href=\"([^\"]+)\"");

  @Override
  public String name() {
    return "keys";
  }

  @Override
  public List<Figure> run() {
    var figures = new ArrayList<Figure>();
    pages(figures);
    imports(figures);
    return figures;
  }

  private static void pages(List<Figure> figures) {
    try (var site = new KeysSite()) {
      site.add(KEYS);
      varyKeys(site);
      HttpBrowser browser = site.app.browser(site.app.admin());
      List<String> paths =
          Stream.concat(
                  FILTERS.stream()
                      .flatMap(filter -> sorts().map(sort -> "/keys?" + filter + "&sort=" + sort)),
                  sorts().map(sort -> deep(browser, "/keys?sort=" + sort)))
              .toList();
      for (int i = 0; i < 3; i++) {
        paths.forEach(browser::fetchSize); // warms up
      }
      double slowest = 0;
      String where = "";
      for (String path : paths) {
        double here = p95(browser, path);
        where = here > slowest ? path : where;
        slowest = Math.max(slowest, here);
      }
      figures.add(
          new Figure(
              "slowest p95 of " + paths.size() + " filters, sorts and deep pages: " + where,
              slowest,
              "ms",
              "<= 50",
              "measured"));
      int bytes = browser.fetchSize("/keys");
      figures.add(
          new Figure("page of 50 of 10,000 keys", bytes / 1000.0, "kB", "<= 150", "measured"));
      String version =
          browser.get("/keys/table").header("HX-PTag").orElseThrow(AssertionError::new);
      int status = browser.get("/keys/table", "HX-Request", "true", "HX-PTag", version).status();
      figures.add(new Figure("status of an unchanged poll", status, "", "304", "measured"));
    }
  }

  private static Stream<String> sorts() {
    return Stream.concat(
        Arrays.stream(KeySort.values()).map(KeySort::word), Stream.of("-name", "-used"));
  }

  /** The address of the page in the middle of the list. */
  private static String deep(HttpBrowser browser, String path) {
    var here = path;
    for (int i = 0; i < DEEP / 4; i++) { // in steps of 200 rows
      var next = NEXT.matcher(browser.get(here + (i == 0 ? "&size=200" : "")).body());
      if (!next.find()) {
        throw new AssertionError("There is no page after " + here);
      }
      here = next.group(1).replace("&amp;", "&");
    }
    return here.replace("&size=200", "");
  }

  /**
   * Sets different statuses, accounts, calls and latencies, so that no sort order equals the order
   * of the rows.
   */
  private static void varyKeys(KeysSite site) {
    site.database()
        .runTx(
            tx ->
                tx.dsl()
                    .update(API_KEYS)
                    .set(
                        API_KEYS.STATUS,
                        DSL.field(
                            "(array['active', 'rate_limited', 'failed', 'active'])[1 + added_seq % 4]",
                            String.class))
                    .set(
                        API_KEYS.REASON,
                        DSL.field(
                            "(array[null, 'key_cap', 'invalid', null])[1 + added_seq % 4]",
                            String.class))
                    .set(
                        API_KEYS.TAGS,
                        DSL.field(
                            "case when added_seq % 3 = 0 then array['spare', 'team ' || added_seq % 7]"
                                + " else '{}' end",
                            String[].class))
                    .set(API_KEYS.ACCOUNT, DSL.field("'user_' || added_seq % 97", String.class))
                    .set(API_KEYS.CALLS, DSL.field("added_seq * 7919 % 1000", Long.class))
                    .set(API_KEYS.CALLS_OK, DSL.field("added_seq * 7919 % 1000 / 2", Long.class))
                    .set(
                        API_KEYS.LAST_LATENCY_MS,
                        DSL.field("(added_seq * 104729 % 3000)::int", Integer.class))
                    .execute());
    site.database().read(dsl -> dsl.fetch("select analyze_api_keys()"));
  }

  private static double p95(HttpBrowser browser, String path) {
    double[] ms =
        IntStream.range(0, TIMES)
            .mapToDouble(
                i -> {
                  long start = System.nanoTime();
                  browser.fetchSize(path);
                  return (System.nanoTime() - start) / 1e6;
                })
            .sorted()
            .toArray();
    return ms[(int) Math.ceil(TIMES * 0.95) - 1];
  }

  private static void imports(List<Figure> figures) {
    try (var t = new TestPool()) {
      var imports =
          new KeyImport(
              t.database,
              t.vault,
              new Audit(t.database, t.vault.auditKeys(), t.clock),
              t.jobs,
              t.ids,
              t.clock);
      timeImport(t, imports, "warm", 500);
      double empty = timeImport(t, imports, "one", KEYS);
      double full = timeImport(t, imports, "two", KEYS);
      figures.add(
          new Figure(
              "import of 10,000 keys, preview and confirmation",
              empty / 1000,
              "s",
              "<= 3",
              "measured"));
      figures.add(
          new Figure(
              "the same into a pool of 10,000, against it",
              full / empty,
              "x",
              "<= 1.2",
              "measured"));
    }
  }

  private static double timeImport(TestPool t, KeyImport imports, String mark, int keys) {
    String text =
        IntStream.range(0, keys)
            .mapToObj(i -> mark + i + "@example.com sk-or-v1-0123456789abcdef-" + mark + "-" + i)
            .collect(Collectors.joining("\n"));
    long start = System.nanoTime();
    ImportReport preview = imports.preview(t.id, text, t.admin);
    imports.confirm(preview.id(), t.admin);
    return (System.nanoTime() - start) / 1e6;
  }
}
