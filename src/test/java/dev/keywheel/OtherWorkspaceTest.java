package dev.keywheel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.TestDatabase;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Requests every address with the ids of another workspace, as an administrator of the first one:
 * nothing of the other workspace, whose data contains {@link OtherWorkspace#CANARY}, is shown or
 * changed.
 */
@Tag("full")
class OtherWorkspaceTest {
  /**
   * Each address with its parameters in the path, the query or the form. Names of ids are those of
   * {@link OtherWorkspace#ids}; other values are sent unchanged. The last column lists the
   * statuses, if they differ from 403 and 404 for an address with ids.
   */
  private static final String PARAMETERS =
      """
      GET / | pool=sandbox
      GET /articles | before={article} after={article} q=enolith
      GET /articles/new | topic=walks
      GET /articles/trash | after={article}
      GET /articles/{id} | id={article}
      GET /articles/{id}/again | id={article}
      GET /articles/{id}/details | id={article}
      GET /articles/{id}/downloads/{format} | id={article} format=markdown
      GET /articles/{id}/live | id={article}
      GET /articles/{id}/parts/{part} | id={article} part=tool version=1 compare=1
      GET /articles/{id}/parts/{part}/blocks/{block} | id={article} part=section_1 block=s1-1
      GET /articles/{id}/picture.png | id={article}
      GET /confirm | next=/
      GET /dashboard/live | pool=sandbox
      GET /find | q=enolith
      GET /find/results | q=enolith
      GET /gateway
      GET /gateway/keys/{id} | id={key} before={request}
      GET /gateway/keys/{id}/newest | id={key}
      GET /gateway/models | q=enolith
      GET /gateway/requests | token={token} before={request}
      GET /gateway/requests/live | token={token}
      GET /gateway/requests/{id} | id={request}
      GET /gateway/requests/{id}/live | id={request}
      GET /gateway/tokens | revoked=1
      GET /gateway/tokens/{id} | id={token}
      GET /healthz
      GET /help
      GET /invitation | token=x
      GET /keys | batch={batch} result=active q=enolith after={key}
      GET /keys/batches/{id} | id={batch}
      GET /keys/imports/{id} | id={import}
      GET /keys/imports/{id}/report.csv | id={import}
      GET /keys/new
      GET /keys/replacements | provider=sandbox
      GET /keys/replacements/{id}/progress | id={import}
      GET /keys/list.csv | batch={batch} result=recovered
      GET /keys/progress
      GET /keys/rows | batch={batch} after={key}
      GET /keys/table | batch={batch} after={key}
      GET /keys/trash | q=enolith after={deleted}
      GET /keys/trash/live | q=enolith after={deleted}
      GET /keys/views
      GET /keys/{id} | id={key} changes=99999 tests=99999
      GET /keys/{id}/live | id={key} changes=99999
      GET /keys/{id}/deep-test | id={key}
      GET /keys/{id}/deep-tests | id={key} | 302
      GET /keys/{id}/revelation | id={key} | 302
      GET /log | q=enolith
      GET /log.txt
      GET /log/earlier | before=0.00000000-0000-0000-0000-000000000000.0
      GET /log/lines | after=0
      GET /log/streams/{id}/earlier | id={run}
      GET /log/streams/{id}/lines | id={run}
      GET /login
      GET /login/again
      GET /password | token=x
      GET /readyz
      GET /recovery | before={batch}
      GET /recovery/live
      GET /recovery/{id} | id={batch} after={key}
      GET /recovery/{id}/live | id={batch}
      GET /runs | before={run} after={run}
      GET /runs/{id} | id={run}
      GET /runs/{id}/attempts/{attempt}/reply | id={run} attempt={attempt}
      GET /runs/{id}/log.txt | id={run}
      GET /runs/{id}/progress | id={run}
      GET /session
      GET /settings
      GET /settings/account
      GET /settings/audit | q=enolith before=99999999 log=instance
      GET /settings/audit/proof | log=instance
      GET /settings/audit/status | log=instance
      GET /settings/encryption
      GET /settings/encryption/data-key
      GET /settings/people
      GET /settings/record
      GET /settings/second-factor
      GET /settings/second-factor/app
      GET /settings/workspaces
      GET /settings/workspaces/{id} | id={workspace}
      GET /setup | token=x
      GET /static/{hash}/<name> | hash=x name=app.js
      GET /t/{part}/{sha256} | part={tool} sha256={sha256}
      GET /usage
      GET /usage/csv
      POST /articles | topic={article}
      POST /articles/{id}/address | id={article} address=https://example.org/x
      POST /articles/trash/restoration | id={article}
      POST /articles/{id}/checks | id={article} check=x
      POST /articles/{id}/details | id={article} based_on=1 title=mine
      POST /articles/{id}/details/preview | id={article} title=mine
      POST /articles/{id}/details/undo | id={article} version=1
      POST /articles/{id}/picture | id={article} based_on=1 alt=mine
      POST /articles/{id}/deletion | id={article}
      POST /articles/{id}/deletion/undo | id={article} | 303
      POST /articles/{id}/parts/{part}/blocks/{block} | id={article} part=section_1 block=s1-1 based_on=1 text=x
      POST /articles/{id}/parts/{part}/blocks/{block}/preview | id={article} part=section_1 block=s1-1 text=x
      POST /articles/{id}/parts/{part}/blocks/{block}/undo | id={article} part=section_1 block=s1-1 version=1
      POST /articles/{id}/parts/{part}/lock | id={article} part=tool locked=1
      POST /articles/{id}/parts/{part}/regenerations | id={article} part=tool
      POST /articles/{id}/parts/{part}/restorations | id={article} part=tool version=1
      POST /articles/{id}/parts/{part}/versions | id={article} part=tool based_on=1 source=x
      POST /articles/{id}/review | id={article} reviewed=1
      POST /articles/{id}/runs | id={article} topic=walks provider=sandbox
      POST /confirm | password=wrong
      POST /confirm/passkey-requests
      POST /csp
      POST /gateway/aliases | name=mine targets=sandbox/openai/gpt-4o
      POST /gateway/aliases/{id} | id={alias} targets=sandbox/openai/gpt-4o
      POST /gateway/aliases/{id}/deletion | id={alias}
      POST /gateway/aliases/{id}/disablement | id={alias}
      POST /gateway/aliases/{id}/enablement | id={alias}
      POST /gateway/models/trials | try=enolith-fast
      POST /gateway/requests/{id}/cancellation | id={request}
      POST /gateway/tokens | name=mine
      POST /gateway/tokens/{id} | id={token} name=mine
      POST /gateway/tokens/{id}/revocation | id={token}
      POST /gateway/tokens/{id}/rotation | id={token} grace=0
      POST /invitation | token=x password=x
      POST /invitation/acceptance | token=x
      POST /keys/account | id={key} account=mine
      POST /keys/batches/{id}/cancellation | id={batch}
      POST /keys/changes/{id}/undo | id={change} | 303
      POST /keys/deletion | id={key}
      POST /keys/deletions/{id}/undo | id={deletion} | 303
      POST /keys/disablement | id={key}
      POST /keys/enablement | id={key}
      POST /keys/imports | provider=sandbox
      POST /keys/imports/{id}/confirmation | id={import}
      POST /keys/replacements | provider=sandbox
      POST /keys/replacements/{id}/cancellation | id={import}
      POST /keys/replacements/{id}/confirmation | id={import}
      POST /keys/samples
      POST /keys/selection | id={key}
      POST /keys/tagging | id={key} tag=mine
      POST /keys/tests | id={key}
      POST /keys/tests/all
      POST /keys/trash/restoration | id={deleted} only={deleted}
      POST /keys/untagging | id={key} tag=mine
      POST /keys/views | name=mine view=/keys?status=failed
      POST /keys/views/{id}/deletion | id={view}
      POST /keys/views/{id}/name | id={view} name=mine
      POST /keys/{id}/account | id={key} account=mine
      POST /keys/{id}/deep-tests | id={key} offer=x
      POST /keys/{id}/deletion | id={key}
      POST /keys/{id}/disablement | id={key}
      POST /keys/{id}/enablement | id={key}
      POST /keys/{id}/exclusions/removal | id={key}
      POST /keys/{id}/name | id={key} name=mine
      POST /keys/{id}/revelation | id={key} password=wrong
      POST /keys/{id}/secret | id={key} secret=sk-or-demo-valid-77
      POST /keys/{id}/tests | id={key}
      POST /login | email=x password=x
      POST /login/passkey | passkey=x
      POST /login/passkey-requests
      POST /login/second-step | code=x
      POST /login/second-step/passkey-requests
      POST /logout
      POST /password | token=x password=x
      POST /recovery
      POST /recovery/{id}/cancellation | id={batch}
      POST /runs/{id}/cancellation | id={run}
      POST /runs/{id}/retries | id={run}
      POST /settings/account/password | current=wrong
      POST /settings/account/sessions/{id}/end | id={session}
      POST /settings/account/zone | zone=Europe/Berlin
      POST /settings/audit/acceptance
      POST /settings/audit/check
      POST /settings/audit/csv | q=enolith log=instance
      POST /settings/audit/proof/check
      POST /settings/audit/proof/export | from=2020-01-01 to=2030-01-01 log=instance
      POST /settings/audit/proof/signing-key
      POST /settings/encryption/data-key/rotation
      POST /settings/encryption/retired/{id}/deletion | id=0123456789abcdef
      POST /settings/encryption/rotation
      POST /settings/encryption/unsealing
      POST /settings/models/{provider} | provider=sandbox
      POST /settings/people | email={email} role=viewer
      POST /settings/people/invitations/withdrawal | email={invited} | 404
      POST /settings/people/{id}/disablement | id={user}
      POST /settings/people/{id}/enablement | id={user}
      POST /settings/people/{id}/link | id={user}
      POST /settings/people/{id}/removal | id={user}
      POST /settings/people/{id}/role | id={user} role=viewer
      POST /settings/people/{id}/second-factor-reset | id={user}
      POST /settings/publishing | author=me
      POST /settings/retention | logDays=7 historyDays=1 rawDays=1 previewDays=1 gatewayDays=1 articleTrashDays=1
      POST /settings/rule | required=7 minimum=5
      POST /settings/gateway | callsPerKey=3
      POST /settings/runs | runsAtOnce=1 waitHours=1 retries=0
      POST /settings/second-factor/app
      POST /settings/second-factor/app/confirmation | code=x
      POST /settings/second-factor/app/removal
      POST /settings/second-factor/codes
      POST /settings/second-factor/passkey-requests
      POST /settings/second-factor/passkeys | name=x passkey=x
      POST /settings/second-factor/passkeys/{id}/removal | id={passkey}
      POST /settings/sign-in
      POST /settings/tests | atOnce=1 deadlineSeconds=1
      POST /settings/workspaces | name=mine
      POST /settings/workspaces/accounts/{id}/appointment | id={user}
      POST /settings/workspaces/accounts/{id}/disablement | id={user}
      POST /settings/workspaces/accounts/{id}/dismissal | id={user}
      POST /settings/workspaces/accounts/{id}/enablement | id={user}
      POST /settings/workspaces/accounts/{id}/link | id={user}
      POST /settings/workspaces/accounts/{id}/second-factor-reset | id={user}
      POST /settings/workspaces/{id}/archival | id={workspace}
      POST /settings/workspaces/{id}/name | id={workspace} name=mine
      POST /settings/workspaces/{id}/restoration | id={workspace}
      POST /setup | token=x
      POST /theme | theme=dark
      POST /workspace | to={workspace} | 404
      """;

  @AutoClose private static RunningApp app;
  private static OtherWorkspace other;

  /** One line of the table. */
  private record Line(String route, Map<String, String> parameters, List<Integer> answers) {
    static Line of(String text) {
      var columns = text.strip().split(" \\| ");
      var parameters = new TreeMap<String, String>();
      if (columns.length > 1) {
        for (var parameter : columns[1].split(" ")) {
          var both = parameter.split("=", 2);
          parameters.put(both[0], both[1]);
        }
      }
      return new Line(
          columns[0],
          parameters,
          columns.length > 2 ? List.of(Integer.valueOf(columns[2])) : List.of());
    }

    String method() {
      return route.replaceAll(" .*", "");
    }

    /** Whether the path contains an id of the other workspace. */
    boolean addressed() {
      return parameters.entrySet().stream()
          .anyMatch(
              entry ->
                  route.contains("{" + entry.getKey() + "}") && entry.getValue().startsWith("{"));
    }

    List<Integer> expected() {
      return !answers.isEmpty() ? answers : addressed() ? List.of(403, 404) : List.of();
    }

    HttpBrowser.Answer send(HttpBrowser browser, Map<String, String> ids) {
      var path = route.replaceAll(".* ", "");
      var rest = new ArrayList<String>();
      for (var parameter : parameters.entrySet()) {
        var value = parameter.getValue();
        var sent = value.startsWith("{") ? ids.get(value.substring(1, value.length() - 1)) : value;
        assertThat(sent).as(route + " " + value).isNotNull();
        var inPath = path.replaceAll("[{<]" + parameter.getKey() + "[}>]", sent);
        if (inPath.equals(path)) {
          rest.addAll(List.of(parameter.getKey(), sent));
        }
        path = inPath;
      }
      assertThat(path).as("every parameter of the path has a value").doesNotContain("{");
      return method().equals("GET")
          ? browser.get(path + query(rest))
          : browser.post(path, rest.toArray(String[]::new));
    }

    private static String query(List<String> rest) {
      var query = new StringBuilder();
      for (int i = 0; i < rest.size(); i += 2) {
        query.append(i == 0 ? '?' : '&').append(rest.get(i)).append('=').append(rest.get(i + 1));
      }
      return query.toString();
    }
  }

  @BeforeAll
  static void start() {
    app = RunningApp.withoutBrowser(TestDatabase.create());
    other = new OtherWorkspace(app);
  }

  private static Stream<Line> lines() {
    return PARAMETERS.lines().filter(line -> !line.isBlank()).map(Line::of);
  }

  /** The addresses in the table, which must contain all addresses. */
  static List<String> addresses() {
    return lines().map(Line::route).toList();
  }

  @Test
  void ids_of_another_workspace_show_and_change_nothing() {
    var before = other.rows();
    var browser = other.stranger();
    for (var line : lines().toList()) {
      var answer = line.send(browser, other.ids());
      assertThat(answer.status()).as(line + answer.text()).isLessThan(500);
      if (!line.expected().isEmpty()) {
        assertThat(answer.status()).as(line + answer.text()).isIn(line.expected());
      }
      assertThat(answer.body())
          .as(line.toString())
          .doesNotContainIgnoringCase(OtherWorkspace.CANARY);
      if (answer.header("Location").isPresent()) {
        follow(line, browser.get(answer.location()));
      }
      if (line.method().equals("POST")) {
        assertThat(other.rows()).as("after " + line).isEqualTo(before);
        browser = line.route().equals("POST /logout") ? other.stranger() : browser;
      }
    }
    assertThat(browser.get("/").status()).as("signed in to the end").isEqualTo(200);
  }

  private static void follow(Line line, HttpBrowser.Answer next) {
    if (line.addressed() && line.method().equals("GET")) {
      assertThat(next.status()).as("after " + line).isEqualTo(404);
    }
    assertThat(next.body()).as("after " + line).doesNotContainIgnoringCase(OtherWorkspace.CANARY);
  }

  @Test
  void the_same_addresses_exist_for_the_administrators_of_that_workspace() {
    var shown = new TreeSet<String>();
    var owner = other.owner();
    for (var line : lines().filter(Line::addressed).toList()) {
      boolean shownHere =
          !line.route().matches("GET (/settings/workspaces|/t/|/gateway/keys/.*/newest).*");
      if (line.method().equals("GET") && shownHere) {
        var answer = line.send(owner, other.ids());
        assertThat(answer.status()).as(line + answer.text()).isIn(200, 302, 303);
        assertThat(answer.header("Location").orElse("")).doesNotStartWith("/login");
        if (answer.body().toLowerCase(Locale.ROOT).contains(OtherWorkspace.CANARY)) {
          shown.add(line.route());
        }
      }
    }
    assertThat(shown).hasSizeGreaterThan(8);
  }
}
