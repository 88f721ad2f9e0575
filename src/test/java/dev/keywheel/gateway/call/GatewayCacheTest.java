package dev.keywheel.gateway.call;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.gateway.ledger.TestOutcomes;
import dev.keywheel.gateway.token.AccessTokens;
import dev.keywheel.gateway.token.TokenDetail;
import dev.keywheel.gateway.token.TokenScope;
import dev.keywheel.gateway.token.TokenSettings;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.support.Await;
import dev.keywheel.support.Statements;
import dev.keywheel.support.StreamUpstream;
import dev.keywheel.support.TestPool;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A node caches tokens and aliases; changes by another node apply immediately. */
class GatewayCacheTest {
  @AutoClose private static final TestPool pool = new TestPool();

  @AutoClose private TestNode node;
  private AccessTokens other;
  private String token;
  private TokenDetail detail;

  @BeforeEach
  void start() {
    node = new TestNode(pool);
    node.pool.add(2);
    var audit = new Audit(pool.database, pool.vault.auditKeys(), pool.clock);
    other =
        new AccessTokens(
            pool.database, pool.vault, audit, pool.ids, new SecureRandom(), pool.clock);
    token = node.token(scope(List.of(), 10, null));
    detail = other.latest(pool.workspace, 1).getFirst();
    assertThat(chat(TestNode.MODEL).statusCode()).isEqualTo(200);
  }

  @Test
  void a_known_token_and_its_models_are_not_read_again() {
    pool.test.asOwner("alter table gateway_token_secrets rename column hash to hidden");
    pool.test.asOwner("alter table gateway_aliases rename column targets to hidden");
    try {
      assertThat(chat(TestNode.MODEL).statusCode()).isEqualTo(200);
    } finally {
      pool.test.asOwner("alter table gateway_token_secrets rename column hidden to hash");
      pool.test.asOwner("alter table gateway_aliases rename column hidden to targets");
    }
  }

  @Test
  void statements_about_tokens_and_models_fail_within_five_seconds_if_the_database_is_silent() {
    node.close();
    var statements = new Statements();
    node = new TestNode(pool, statements);
    node.pool.add(1);
    statements.forget();

    assertThat(node.chat().statusCode()).isEqualTo(200);
    assertThat(node.send(node.request("/v1/models").build()).statusCode()).isEqualTo(200);

    assertThat(statements.waits()).isNotEmpty().allMatch(millis -> millis > 0 && millis <= 5_000);
  }

  @Test
  void a_refusal_because_of_overload_does_not_wait_for_the_database() {
    node.close();
    var statements = new Statements();
    node = new TestNode(pool, statements);
    node.pool.add(1);
    assertThat(node.chat().statusCode()).isEqualTo(200);
    pool.database.runTx(
        tx -> {
          tx.dsl().execute("lock table gateway_attempts in share mode");
          while (node.ledger.accepts()) {
            node.ledger.recordEnd(TestOutcomes.answered(pool.ids.next(), pool.clock.instant()));
          }
          statements.forget();

          TestNode.assertError(node.chat(), 503, "overloaded");

          assertThat(statements.count()).isZero();
        });
    Await.until("all outcomes are stored", () -> node.ledger.waiting() == 0);
  }

  @Test
  void a_refusal_because_an_answer_exceeds_the_memory_does_not_wait_for_the_database() {
    node.close();
    var statements = new Statements();
    node = new TestNode(pool, statements, 1_000);
    node.pool.add(1);
    String large = "{\"a\":\"" + "x".repeat(2_000) + "\"}";
    node.upstream.answer(
        "*",
        StreamUpstream.json(200, "{}"),
        call -> {
          statements.forget();
          call.head(200, "application/json").send(large).end();
        });
    assertThat(node.chat().statusCode()).isEqualTo(200);

    TestNode.assertError(node.chat(), 503, "overloaded");

    assertThat(statements.count()).isZero();
  }

  @Test
  void a_token_revoked_on_another_node_is_refused_at_once() {
    other.revoke(pool.admin, detail.id());

    assertThat(chat(TestNode.MODEL).statusCode()).isEqualTo(401);
    assertThat(post("/v1/chat/completions", "no json").statusCode()).isEqualTo(401);
    assertThat(node.upstream.calls()).hasSize(1);
  }

  @Test
  void a_token_rotated_on_another_node_is_refused_at_the_end_of_the_grace_period() {
    other.rotate(pool.admin, detail.id(), Duration.ofMinutes(1), _ -> {});
    assertThat(chat(TestNode.MODEL).statusCode()).isEqualTo(200);

    pool.clock.tick(Duration.ofMinutes(1));

    assertThat(chat(TestNode.MODEL).statusCode()).isEqualTo(401);
  }

  @Test
  void limits_changed_on_another_node_apply_from_the_next_request() {
    change(scope(List.of("other/model"), 10, null));
    assertThat(chat(TestNode.MODEL).statusCode()).isEqualTo(404);
    assertThat(chat("other/model").statusCode()).isEqualTo(200);

    change(scope(List.of("maker/*"), 10, null));
    assertThat(chat(TestNode.MODEL).statusCode()).isEqualTo(200);
  }

  @Test
  void an_expired_token_that_another_node_prolongs_is_accepted_again() {
    change(scope(List.of(), 10, pool.clock.instant().plusSeconds(60)));
    assertThat(chat(TestNode.MODEL).statusCode()).isEqualTo(200);
    pool.clock.tick(Duration.ofMinutes(1));
    assertThat(chat(TestNode.MODEL).statusCode()).isEqualTo(401);

    change(scope(List.of(), 10, null));

    assertThat(chat(TestNode.MODEL).statusCode()).isEqualTo(200);
  }

  @Test
  void a_request_that_is_checked_again_counts_once() {
    change(scope(List.of(), 5, null));

    var response = chat(TestNode.MODEL);

    assertThat(response.headers().firstValue("x-ratelimit-remaining-requests")).contains("3");
    assertThat(node.attempts()).containsExactly("ok", "ok");
    assertThat(node.requests()).containsExactly("ok", "ok");
  }

  @Test
  void tokens_of_a_workspace_that_another_node_archives_are_refused_at_once() {
    setArchived("now()");
    assertThat(chat(TestNode.MODEL).statusCode()).isEqualTo(401);

    setArchived("null");
    assertThat(chat(TestNode.MODEL).statusCode()).isEqualTo(200);
  }

  @Test
  void an_alias_changed_on_another_node_has_its_new_target_at_once() {
    node.alias("fast", TestNode.MODEL);
    assertThat(chat("fast").headers().firstValue("x-keywheel-model")).contains(TestNode.MODEL);

    pool.test.asOwner(
        """
        update gateway_aliases set targets = '[{"provider": "openrouter", "model": "other/model"}]'""");
    assertThat(chat("fast").headers().firstValue("x-keywheel-model")).contains("other/model");

    pool.test.asOwner("delete from gateway_aliases");
    assertThat(chat("fast").statusCode()).isEqualTo(404);
  }

  @Test
  void after_a_failure_the_models_are_read_again() {
    assertThat(models()).contains(TestNode.MODEL);
    pool.clock.tick(Duration.ofSeconds(2));
    pool.test.asOwner("alter table gateway_aliases rename column targets to hidden");
    try {
      assertThat(chat(TestNode.MODEL).statusCode()).isEqualTo(503);
    } finally {
      pool.test.asOwner("alter table gateway_aliases rename column hidden to targets");
    }
    pool.test.asOwner("truncate api_keys, rotation_order, pools cascade");

    assertThat(models()).doesNotContain(TestNode.MODEL);
  }

  @Test
  void a_request_is_checked_again_a_limited_number_of_times() {
    pool.test.asOwner(
        """
        create function change_always() returns trigger language plpgsql security definer as $$
        begin
          update workspaces set gateway_revision = gateway_revision + 1
           where id = new.workspace_id and gateway_revision < 1000;
          return new;
        end
        $$;
        update workspaces set gateway_revision = 980;
        create trigger change_always before update on pools for each row execute function change_always()""");
    try {
      var response = chat(TestNode.MODEL);

      assertThat(response.statusCode()).isEqualTo(503);
      assertThat(response.headers().firstValue("retry-after")).contains("1");
    } finally {
      pool.test.asOwner("drop trigger change_always on pools; drop function change_always()");
    }
  }

  private String models() {
    return TestNode.text(
        node.send(
            HttpRequest.newBuilder(node.uri("/v1/models"))
                .header("Authorization", "Bearer " + token)
                .build()));
  }

  private static void setArchived(String at) {
    pool.test.asOwner("update workspaces set archived_at = " + at);
  }

  private void change(TokenScope scope) {
    var settings = new TokenSettings(detail.settings().name(), "", scope, null, false);
    other.change(pool.admin, detail.id(), settings, _ -> {});
  }

  private static TokenScope scope(List<String> models, int perMinute, @Nullable Instant until) {
    return new TokenScope(
        Set.of(), models, Set.of(), Set.of(), perMinute, 0, until, List.of(), true);
  }

  private HttpResponse<byte[]> chat(String model) {
    return post("/v1/chat/completions", TestNode.chatBody(false).replace(TestNode.MODEL, model));
  }

  private HttpResponse<byte[]> post(String path, String body) {
    return node.send(
        HttpRequest.newBuilder(node.uri(path))
            .header("Authorization", "Bearer " + token)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body))
            .build());
  }
}
