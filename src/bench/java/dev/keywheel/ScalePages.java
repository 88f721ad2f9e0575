package dev.keywheel;

import dev.keywheel.web.server.Routes.Route;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An address for every page, fragment and poll of {@link App#routes}; a new route fails the
 * benchmark until it has an address here or is left out.
 */
final class ScalePages {
  /** Downloads of any length, and routes that are no page for signed-in users. */
  private static final List<String> LEFT_OUT =
      List.of(
          "/static/{hash}/<name>",
          "/setup",
          "/t/{part}/{sha256}",
          "/log.txt",
          "/runs/{id}/log.txt",
          "/articles/{id}/downloads/{format}",
          "/keys/imports/{id}",
          "/keys/imports/{id}/report.csv",
          "/keys/{id}/revelation");

  /** Filters, searches and deep pages, measured in addition to the plain address. */
  private static final Map<String, List<String>> QUERIES =
      Map.of(
          "/articles",
          List.of(
              "?state=running",
              "?state=draft",
              "?state=reviewed",
              "?state=gaps",
              "?state=stale",
              "?state=failed",
              "?q=zeppelin",
              "?q=kitchen",
              "?q=quiet+violin",
              "?q=nosuchword",
              "?q=zq",
              "?after=ARTICLE",
              "?state=gaps&after=ARTICLE"),
          "/runs",
          List.of(
              "?state=open",
              "?state=completed",
              "?state=gaps",
              "?state=failed",
              "?state=cancelled",
              "?after=RUN",
              "?state=failed&after=RUN"),
          "/find",
          List.of("?q=zeppelin", "?q=user0004242", "?q=nosuchword", "?q=4711"),
          "/find/results",
          List.of("?q=zeppelin", "?q=kit", "?q=user0004242", "?q=nosuchword", "?q=4711"),
          "/keys",
          List.of(
              "?status=active",
              "?status=rate_limited",
              "?status=failed",
              "?status=disabled",
              "?q=user0004242",
              "?q=nosuchkey",
              "?tag=spare",
              "?account=account_42",
              "?sort=name",
              "?sort=-used",
              "?size=200"),
          "/log",
          List.of("?q=nosuchword", "?level=error", "?level=warn"));

  private ScalePages() {}

  /** Maps each address to the path of its route, in the order of the routes. */
  static Map<String, String> of(List<Route> routes, ScaleDatabase database) {
    var ids = ids(database);
    var pages = new LinkedHashMap<String, String>();
    for (var route : routes) {
      if (route.method().equals("GET") && !LEFT_OUT.contains(route.path())) {
        var plain = plain(route.path(), ids);
        pages.put(plain, route.path());
        for (var query : QUERIES.getOrDefault(route.path(), List.of())) {
          var middle = query.contains("RUN") ? ids.get("middle run") : ids.get("middle article");
          pages.put(plain + query.replaceAll("RUN|ARTICLE", middle), route.path() + query);
        }
      }
    }
    return pages;
  }

  private static Map<String, String> ids(ScaleDatabase database) {
    var run =
        "select id::text from runs where state = 'completed' order by created_at desc limit 1 offset ";
    var article = "select id::text from articles order by created_at desc limit 1 offset ";
    int middle = database.size().runs() / 2;
    var ids = new LinkedHashMap<String, String>();
    ids.put("/keys/batches/", database.text("select id::text from recoveries limit 1"));
    ids.put(
        "/keys/", database.text("select id::text from api_keys order by id limit 1 offset 5000"));
    ids.put("/articles/", database.text(article + 1_000));
    ids.put("/runs/", database.text(run + 1_000));
    ids.put("/recovery/", database.text("select id::text from recoveries limit 1"));
    ids.put("/log/streams/", database.text(run + 1_000));
    ids.put("middle run", database.text(run + middle));
    ids.put("middle article", database.text(article + middle));
    ids.put(
        "attempt",
        database.text(
            "select min(id)::text from attempts where run_id = '" + ids.get("/runs/") + "'"));
    return ids;
  }

  private static String plain(String path, Map<String, String> ids) {
    var missing = new ArrayList<String>();
    var plain = path.replace("{part}", "faq").replace("{attempt}", ids.get("attempt"));
    for (var kind : ids.entrySet()) {
      plain = plain.replace(kind.getKey() + "{id}", kind.getKey() + kind.getValue());
    }
    if (plain.contains("{") || plain.contains("<")) {
      missing.add(path);
    }
    if (!missing.isEmpty()) {
      throw new IllegalStateException("No address is known for " + missing);
    }
    return plain;
  }
}
