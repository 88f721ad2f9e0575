package dev.keywheel.web.find;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.ArticleModule;
import dev.keywheel.article.tool.ToolCheck;
import dev.keywheel.db.Database;
import dev.keywheel.job.Jobs;
import dev.keywheel.key.search.KeyList;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.people.identity.Role;
import dev.keywheel.support.Statements;
import dev.keywheel.support.TestWheel;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Search results, their visibility for each role, and the cost of the queries. */
class FinderTest {
  @AutoClose private final TestWheel wheel = new TestWheel();
  private final Statements statements = new Statements();
  private final Finder finder = finder(statements.over(wheel.pool.database));
  private final Principal admin = wheel.pool.admin;

  private Finder finder(Database database) {
    var desk =
        ArticleModule.of(
            database,
            wheel.pool.retrying(database, _ -> {}),
            wheel.pool.pool,
            wheel.assignments,
            wheel.calls,
            wheel.providers,
            wheel.settings,
            wheel.log,
            new Audit(database, wheel.pool.vault.auditKeys(), wheel.pool.clock),
            new Jobs(database, "test", InstantSource.system(), Duration.ofMinutes(1)),
            wheel.pool.ids,
            wheel.pool.clock,
            ToolCheck.none("not in this test"));
    return new Finder(new KeyList(database), desk.articles(), desk.runs());
  }

  @Test
  void keys_articles_and_a_run_are_found_among_ten_thousand_in_four_statements() {
    wheel.pool.add(10_001);
    wheel.run();
    statements.forget();
    assertThat(labels(admin, "key9999"))
        .containsExactly("key9999", "Test key9999", "Disable key9999");
    assertThat(statements.count()).as("with the sample of texts").isEqualTo(4);
    statements.forget();
    assertThat(labels(admin, "1"))
        .contains("Run 1", "key1", "All of more than 2,000 keys that match");
    assertThat(statements.count()).isEqualTo(3);
    assertThat(labels(admin, "zq"))
        .as("not searched in so many keys")
        .containsExactly("Search more keys");
    statements.forget();
    assertThat(labels(admin, "")).contains("Dashboard", "Add keys").doesNotContain("key1");
    assertThat(statements.count()).isZero();
  }

  @Test
  void a_run_is_found_by_its_number_and_an_article_by_words_of_its_title() {
    wheel.run();
    for (var text : List.of("1", "#1", "run 1", "Run #1")) {
      assertThat(labels(admin, text)).as(text).contains("Run 1");
    }
    assertThat(labels(admin, "run 2")).isEmpty();
    assertThat(labels(admin, "interest COMP")).containsExactly("Compound interest");
  }

  @Test
  void a_key_is_found_by_its_name_and_by_its_last_four() {
    var id = wheel.pool.add("ada@example.com").getFirst();
    var key = wheel.pool.key(id);
    assertThat(labels(admin, "ada@"))
        .containsExactly("ada@example.com", "Test ada@example.com", "Disable ada@example.com");
    assertThat(labels(admin, "Disable ADA")).containsExactly("Disable ada@example.com");
    assertThat(labels(admin, "enable ada")).isEmpty();
    var hit = find(admin, "ada@").kinds().getFirst().hits().getFirst();
    assertThat(hit.note()).isEqualTo(key.masked() + ", active");
    assertThat(hit.path()).isEqualTo("/keys/" + id);
    assertThat(labels(admin, key.lastFour())).contains("ada@example.com");
  }

  @Test
  void search_offers_only_pages_that_the_user_may_open_in_this_workspace() {
    wheel.pool.add("ada@example.com");
    wheel.run();
    var viewer = as(Role.VIEWER, wheel.pool.workspace);
    var operator = as(Role.OPERATOR, wheel.pool.workspace);
    assertThat(labels(viewer, "")).contains("Keys", "Download log").doesNotContain("Add keys");
    assertThat(labels(operator, "")).contains("Add keys").doesNotContain("Settings: People");
    assertThat(labels(admin, "")).contains("Settings: People");
    assertThat(labels(viewer, "ada@")).containsExactly("ada@example.com");
    assertThat(labels(viewer, "restore")).containsExactly("Trash", "Article trash");
    assertThat(labels(viewer, "sign out")).containsExactly("Sign out");
    assertThat(labels(viewer, "test ada@")).isEmpty();
    assertThat(labels(viewer, "replace")).isEmpty();
    assertThat(labels(operator, "replace")).containsExactly("Paste replacements");
    var stranger = as(Role.ADMIN, UUID.randomUUID());
    for (var text : List.of("ada@", "Compound", "run 1")) {
      assertThat(labels(stranger, text)).as(text).isEmpty();
    }
  }

  private static Principal as(Role role, UUID workspace) {
    return new Principal(UUID.randomUUID(), "eve@example.com", workspace, role, true);
  }

  private SearchResults find(Principal who, String text) {
    return finder.find(who, SearchQuery.of(text));
  }

  private List<String> labels(Principal who, String text) {
    return find(who, text).kinds().stream()
        .flatMap(kind -> kind.hits().stream())
        .map(Hit::label)
        .toList();
  }
}
