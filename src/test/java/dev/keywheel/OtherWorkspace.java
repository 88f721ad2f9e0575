package dev.keywheel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.people.identity.SecretTokens;
import dev.keywheel.support.Await;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.WebApp;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jooq.DSLContext;

/**
 * A second workspace with objects of every kind, and an administrator of each workspace. All texts
 * of the second one contain {@link #CANARY}.
 */
final class OtherWorkspace {
  static final String CANARY = "xenolith";

  private static final String OWNER = "bob@xenolith.example";
  private static final String STRANGER = "alice@example.org";
  private static final String MEMBER = "carol@example.org";

  /** Tables without rows of a workspace, and those that jobs write at any time. */
  private static final Set<String> IGNORED =
      Set.of(
          "audit_checks",
          "audit_heads",
          "committed_writes",
          "data_keys",
          "flyway_schema_history",
          "gateway_aborts",
          "gateway_nodes",
          "instance_settings",
          "login_throttle",
          "retention_progress",
          "retired_keks",
          "scheduled_tasks",
          "sign_in_challenges");

  private static final Map<String, String> OWNED =
      Map.ofEntries(
          Map.entry("workspaces", "id = {b}"),
          Map.entry("key_changes", "key_id in (select id from api_keys where workspace_id = {b})"),
          Map.entry(
              "model_exclusions", "key_id in (select id from api_keys where workspace_id = {b})"),
          Map.entry(
              "key_tests", "recovery_id in (select id from recoveries where workspace_id = {b})"),
          Map.entry(
              "batch_selections",
              "recovery_id in (select id from recoveries where workspace_id = {b})"),
          Map.entry(
              "bulk_edit_exclusions",
              "edit_id in (select id from bulk_edits where workspace_id = {b})"),
          Map.entry(
              "bulk_edit_keys", "edit_id in (select id from bulk_edits where workspace_id = {b})"),
          Map.entry("parts", "article_id in (select id from articles where workspace_id = {b})"),
          Map.entry(
              "gateway_idempotency",
              "token_id in (select id from gateway_tokens where workspace_id = {b})"),
          Map.entry(
              "gateway_token_minutes",
              "token_id in (select id from gateway_tokens where workspace_id = {b})"),
          Map.entry(
              "gateway_token_secrets",
              "token_id in (select id from gateway_tokens where workspace_id = {b})"),
          Map.entry("operations", "run_id in (select id from runs where workspace_id = {b})"),
          Map.entry("attempts", "run_id in (select id from runs where workspace_id = {b})"),
          Map.entry("run_seats", "run_id in (select id from runs where workspace_id = {b})"),
          Map.entry(
              "events", "stream_id in (select id from event_streams where workspace_id = {b})"),
          Map.entry("users", "id in (select user_id from members where workspace_id = {b})"));

  private final RunningApp app;
  private final UUID workspace;
  private final HttpBrowser admin;
  private final Map<String, String> ids = new HashMap<>();
  private String fingerprints = "";

  OtherWorkspace(RunningApp app) {
    this.app = app;
    this.admin = app.administrator();
    join(STRANGER);
    fill(admin, "plain", "Saving for a bicycle");
    admin.post("/settings/workspaces", "name", "Xenolith");
    workspace = id("select id from workspaces where name = 'Xenolith'");
    admin.post("/workspace", "to", workspace.toString());
    join(OWNER);
    join(MEMBER);
    fill(admin, CANARY, "Saving for a xenolith bicycle");
    var waiting = admin.post("/settings/people", "email", "dave@xenolith.example", "role", "admin");
    assertThat(waiting.status()).isEqualTo(200);
    admin.post("/gateway/tokens", "name", "xenolith token", "models", "xenolith/*");
    admin.post("/gateway/aliases", "name", "xenolith-fast", "targets", "sandbox/openai/gpt-4o");
    admin.post("/settings/publishing", "author", "Xenolith Press", "site", "", "publisher", "");
    collect();
  }

  /** Invites an administrator to the current workspace; the administrator accepts. */
  private void join(String email) {
    var invited = admin.post("/settings/people", "email", email, "role", "admin");
    var link = invited.page().select("input[data-select]").val();
    var token = link.replaceFirst(".*token=", "");
    var joined = anonymous().post("/invitation", "token", token, "password", WebApp.PASSWORD);
    assertThat(joined.location()).as(joined.text()).isEqualTo("/login");
  }

  private HttpBrowser anonymous() {
    return new HttpBrowser(java.net.URI.create(app.url()));
  }

  private HttpBrowser signedIn(String email) {
    var browser = anonymous();
    var entered = browser.post("/login", "email", email, "password", WebApp.PASSWORD);
    assertThat(entered.location()).as(entered.text()).isEqualTo("/");
    return browser;
  }

  /** A new session of the administrator of the first workspace. */
  HttpBrowser stranger() {
    return signedIn(STRANGER);
  }

  HttpBrowser owner() {
    return signedIn(OWNER);
  }

  private static void fill(HttpBrowser in, String word, String topic) {
    importKeys(in, word + "-a,sk-or-demo-valid-71\n" + word + "-b,sk-or-demo-valid-72");
    in.post("/keys/samples");
    in.post("/keys/imports", "provider", "sandbox", "keys", word + "-c,sk-or-demo-valid-79");
    var keys = in.get("/keys?q=" + word).page().select("tbody a[href~=^/keys/[0-9a-f-]{36}$]");
    var first = keys.first();
    var second = keys.last();
    in.post(first.attr("href") + "/name", "name", word + "-renamed");
    in.post(first.attr("href") + "/account", "account", word + "-account");
    in.post("/keys/tagging", "id", first.attr("href").substring(6), "tag", word);
    in.post(second.attr("href") + "/deletion");
    in.post("/keys/views", "name", word + "-view", "view", "/keys?q=" + word);
    var run = in.post("/articles", "topic", topic, "provider", "sandbox").location();
    Await.until("the run is over", () -> ended(in, run));
    in.post("/keys/tests/all");
    Await.until("no batch runs", () -> !in.get("/recovery").body().contains("/cancellation"));
  }

  private static void importKeys(HttpBrowser in, String keys) {
    var preview = in.post("/keys/imports", "provider", "sandbox", "keys", keys).location();
    in.post(preview + "/confirmation");
  }

  private static boolean ended(HttpBrowser in, String run) {
    var state = in.get(run).page().select("[aria-label='Run state']").text();
    return state.startsWith("Completed") || state.equals("Failed");
  }

  private void collect() {
    of("key", "select id from api_keys where workspace_id = {b} and name like '%renamed'");
    of("deleted", "select id from api_keys where workspace_id = {b} and deleted_at is not null");
    of(
        "deletion",
        "select deleted_in from api_keys where workspace_id = {b} and deleted_at is not null");
    of("view", "select id from key_views where workspace_id = {b} limit 1");
    of(
        "change",
        "select change_id from key_changes where change_id is not null and key_id in"
            + " (select id from api_keys where workspace_id = {b}) limit 1");
    of("import", "select id from key_imports where workspace_id = {b} order by id desc limit 1");
    of("article", "select id from articles where workspace_id = {b}");
    of("run", "select id from runs where workspace_id = {b}");
    of(
        "attempt",
        "select id from attempts where raw is not null and run_id in"
            + " (select id from runs where workspace_id = {b}) limit 1");
    of("token", "select id from gateway_tokens where workspace_id = {b}");
    of("alias", "select id from gateway_aliases where workspace_id = {b}");
    of(
        "request",
        // the node must be alive: requests of a dead node are closed after a while
        "with alive as (insert into gateway_nodes (id, seen_at)"
            + " values (gen_random_uuid(), now() + interval '1 hour') returning id)"
            + " insert into gateway_requests (id, workspace_id, token_id, token_name, operation,"
            + " model_asked, streamed, state, started_at, client_address, node)"
            + " select uuidv7(), {b}, t.id, name, 'chat', 'xenolith', false, 'in_flight', now(),"
            + " '192.0.2.1', alive.id from gateway_tokens t, alive where workspace_id = {b}"
            + " returning id");
    of("batch", "select id from recoveries where workspace_id = {b} order by id desc limit 1");
    of(
        "tool",
        "select id from parts where part = 'tool' and article_id in"
            + " (select id from articles where workspace_id = {b}) limit 1");
    of("user", "select id from users where email = '" + OWNER + "'");
    ids.put("workspace", workspace.toString());
    ids.put("email", MEMBER);
    ids.put("invited", "dave@xenolith.example");
    ids.put("sha256", sha256());
    assertThat(admin.status("/t/" + ids.get("tool") + "/" + ids.get("sha256"))).isEqualTo(200);
    ids.put("session", session());
    ids.put("passkey", passkey());
    value("update api_keys set check_due = null where workspace_id = {b} returning id");
  }

  /** The hash in the address of the tool, from the page that embeds it. */
  private String sha256() {
    return admin
        .get("/articles/" + ids.get("article"))
        .page()
        .select("iframe[src^=/t/]")
        .attr("src")
        .replaceAll(".*/([0-9a-f]{64}).*", "$1");
  }

  private String session() {
    var owner = owner();
    var secret = owner.cookie("sid").orElseThrow();
    return java.util.HexFormat.of().formatHex(SecretTokens.hash(secret), 0, 16);
  }

  private String passkey() {
    return value(
        "insert into passkeys (id, user_id, credential_id, public_key, sign_count, name, created_at)"
            + " select gen_random_uuid(), id, 'x', 'x', 0, 'xenolith', now() from users"
            + " where email = '"
            + MEMBER
            + "' returning id");
  }

  private void of(String name, String sql) {
    ids.put(name, value(sql));
  }

  private UUID id(String sql) {
    return UUID.fromString(value(sql));
  }

  private String value(String sql) {
    var text = workspace == null ? sql : sql.replace("{b}", "'" + workspace + "'");
    return app.database().inTx(tx -> String.valueOf(tx.dsl().fetch(text).getValue(0, 0)));
  }

  /** Ids and values of the other workspace by name. */
  Map<String, String> ids() {
    return Map.copyOf(ids);
  }

  /** A fingerprint, for each table, of its rows in the other workspace. */
  Map<String, String> rows() {
    return app.database()
        .read(
            dsl -> {
              if (fingerprints.isEmpty()) {
                fingerprints = fingerprints(dsl);
              }
              return new TreeMap<>(
                  dsl.fetch(fingerprints)
                      .intoMap(
                          row -> row.get(0, String.class),
                          row -> String.valueOf(row.get(1, String.class))));
            });
  }

  /** One statement for all tables, because it is executed after each request. */
  private String fingerprints(DSLContext dsl) {
    return dsl
        .fetch(
            """
            select table_name::text, column_name::text from information_schema.columns
              join information_schema.tables using (table_schema, table_name)
             where table_schema = 'public' and table_type = 'BASE TABLE'
            """)
        .intoGroups(row -> row.get(0, String.class), row -> row.get(1, String.class))
        .entrySet()
        .stream()
        .filter(table -> !IGNORED.contains(table.getKey()))
        .map(
            table ->
                "select '%s', (%s)"
                    .formatted(table.getKey(), fingerprint(table.getKey(), table.getValue())))
        .collect(Collectors.joining(" union all "));
  }

  private String fingerprint(String table, List<String> columns) {
    var which =
        OWNED.containsKey(table)
            ? OWNED.get(table)
            : columns.contains("workspace_id")
                ? "workspace_id = {b}"
                : columns.contains("user_id")
                    ? "user_id in (select user_id from members where workspace_id = {b})"
                    : null;
    if (which == null) {
      throw new AssertionError(
          "Add " + table + " to OWNED, with its rows of a workspace, or to IGNORED");
    }
    var row =
        columns.stream()
            .filter(column -> !column.equals("last_active_at"))
            .map(column -> "t." + column)
            .collect(Collectors.joining(", ", "row(", ")"));
    return "select md5(string_agg(%s::text, '' order by %s::text)) from %s t where %s"
        .formatted(row, row, table, which.replace("{b}", "'" + workspace + "'"));
  }
}
