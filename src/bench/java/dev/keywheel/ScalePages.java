package dev.keywheel;

import dev.keywheel.web.server.Routes.Route;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An address for every page, fragment and poll of {@link App#routes}; the benchmark fails for a new
 * route until the route has an address here or is excluded.
 */
final class ScalePages {
  /** Downloads of any length, and routes that are not pages for signed-in users. */
  private static final List<String> EXCLUDED =
      List.of(
          "/static/{hash}/<name>",
          "/setup",
          "/t/{part}/{sha256}",
          "/log.txt",
          "/runs/{id}/log.txt",
          "/articles/{id}/downloads/{format}",
          "/keys/imports/{id}",
          "/keys/imports/{id}/report.csv",
          "/keys/replacements/{id}/progress",
          "/keys/list.csv",
          "/keys/{id}/revelation");

  /** Filters, searches and deep pages, measured in addition to the plain address. */
  private static final String QUERIES =
      """
      / ?pool=sandbox
      /articles ?state=running ?state=draft ?state=reviewed ?state=gaps ?state=stale ?state=failed
      /articles ?q=zeppelin ?q=kitchen ?q=quiet+violin ?q=nosuchword ?q=zq
      /articles ?after=ARTICLE ?state=gaps&after=ARTICLE
      /runs ?state=open ?state=completed ?state=gaps ?state=failed ?state=cancelled
      /runs ?after=RUN ?state=failed&after=RUN
      /find ?q=zeppelin ?q=user0004242 ?q=nosuchword ?q=4711
      /find/results ?q=zq ?q=zeppelin ?q=kit ?q=user0004242 ?q=nosuchword ?q=4711
      /keys ?status=active ?status=rate_limited ?status=failed ?status=disabled
      /keys ?q=user0004242 ?q=user ?q=nosuchkey ?tag=spare ?account=account_42 ?tag=spare&q=user0004242
      /keys ?q=z ?q=zq ?q=xyz ?q=failed ?q=failed&sort=-status ?q=0042 ?q=user&tag=spare&sort=account ?q=zq&sort=account
      /keys ?q=zq&sort=-used ?q=user&sort=-used ?q=zq&status=failed ?q=0042&status=failed&sort=turn ?q=zq&tag=spare&sort=turn
      /keys ?sort=name ?sort=-name ?sort=account ?sort=status ?sort=turn ?sort=added ?sort=-tested ?sort=-used
      /keys ?sort=-calls ?sort=success ?sort=-latency ?status=failed&sort=-used ?status=active&sort=-calls ?size=200
      /keys ?batch=BATCH&result=recovered ?batch=BATCH&result=newly_failed ?batch=BATCH&result=still_active
      /keys/trash ?q=user0004242 ?q=nosuchkey ?q=zq
      /recovery/{id} ?result=recovered ?result=newly_failed ?result=still_active ?result=still_failed ?after=KEY
      /log ?q=nosuchword ?level=error ?level=warn
      /gateway/requests ?state=failed ?state=refused ?model=sandbox/model-3 ?model=none ?token=TOKEN ?before=REQUEST
      /usage ?period=24h ?period=30d ?period=24h&by=model ?period=30d&by=model
      /usage ?by=key ?period=30d&by=key ?period=30d&by=key&order=cost ?by=run ?period=30d&by=run ?period=30d&by=run&order=cost
      /usage/csv ?period=30d&by=key&table=group
      /settings/audit ?q=nosuchword ?actor=ada ?action=none
      """;

  private ScalePages() {}

  /** Maps each address to the path of its route, in the order of the routes. */
  static Map<String, String> of(List<Route> routes, ScaleDatabase database) {
    var ids = ids(database);
    var pages = new LinkedHashMap<String, String>();
    var queries = queries();
    for (var route : routes) {
      if (route.method().equals("GET") && !EXCLUDED.contains(route.path())) {
        var plain = plain(route.path(), ids);
        if (plain.equals("/log/earlier")) {
          plain += "?before=" + ids.get(plain);
        }
        pages.put(plain, route.path());
        for (var query : queries.getOrDefault(route.path(), List.of())) {
          pages.put(plain + completed(query, ids), route.path() + query);
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
    var largest =
        "select id::text from recoveries where state = 'done' order by total desc limit 1";
    var key =
        "select id::text from api_keys where deleted_at is null order by id limit 1 offset 5000";
    var request = "select id::text from gateway_requests order by id desc limit 1 offset ";
    ids.put("/keys/batches/", database.text(largest));
    ids.put("/keys/", database.text(key));
    ids.put("/gateway/keys/", database.text(key));
    ids.put("/gateway/requests/", database.text(request + 1_000));
    ids.put("/gateway/tokens/", database.text("select id::text from gateway_tokens limit 1"));
    ids.put("/settings/workspaces/", database.text("select id::text from workspaces limit 1"));
    ids.put("/articles/", database.text(article + 1_000));
    ids.put("/runs/", database.text(run + 1_000));
    ids.put("/recovery/", ids.get("/keys/batches/"));
    ids.put("/log/streams/", database.text(run + 1_000));
    ids.put("RUN", database.text(run + middle));
    ids.put("ARTICLE", database.text(article + middle));
    ids.put("BATCH", ids.get("/keys/batches/"));
    ids.put("KEY", ids.get("/keys/"));
    ids.put("TOKEN", ids.get("/gateway/tokens/"));
    ids.put(
        "/log/earlier",
        database.text(
            "select position || '.' || stream_id || '.' || seq from events"
                + " order by position desc limit 1 offset "
                + middle));
    ids.put("REQUEST", database.text(request + database.size().runs() / 8));
    ids.put(
        "attempt",
        database.text(
            "select min(id)::text from attempts where run_id = '" + ids.get("/runs/") + "'"));
    return ids;
  }

  /** Queries by the path of their route. */
  private static Map<String, List<String>> queries() {
    var queries = new LinkedHashMap<String, List<String>>();
    for (var line : QUERIES.lines().toList()) {
      var words = List.of(line.split(" "));
      queries
          .computeIfAbsent(words.getFirst(), _ -> new ArrayList<>())
          .addAll(words.subList(1, words.size()));
    }
    return queries;
  }

  private static String completed(String query, Map<String, String> ids) {
    var completed = query;
    for (var name : List.of("RUN", "ARTICLE", "BATCH", "KEY", "TOKEN", "REQUEST")) {
      completed = completed.replace("=" + name, "=" + ids.get(name));
    }
    return completed;
  }

  private static String plain(String path, Map<String, String> ids) {
    var missing = new ArrayList<String>();
    var plain =
        path.replace("{part}", "section_1")
            .replace("{block}", "s1-1")
            .replace("{attempt}", ids.get("attempt"));
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
