package dev.keywheel.gateway.token;

import static dev.keywheel.db.schema.Tables.GATEWAY_TOKENS;
import static dev.keywheel.db.schema.Tables.GATEWAY_TOKEN_SECRETS;
import static dev.keywheel.db.schema.Tables.WORKSPACES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.db.Tx;
import dev.keywheel.gateway.token.TokenDetail.State;
import dev.keywheel.gateway.token.TokenVerdict.Accepted;
import dev.keywheel.gateway.token.TokenVerdict.NotAllowed;
import dev.keywheel.gateway.token.TokenVerdict.Throttled;
import dev.keywheel.gateway.token.TokenVerdict.Unauthorized;
import dev.keywheel.net.IpNetwork;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.audit.event.AuditEvent;
import dev.keywheel.people.audit.event.AuditFilter;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.people.identity.Role;
import dev.keywheel.people.identity.WorkspaceIds;
import dev.keywheel.problem.Conflict;
import dev.keywheel.problem.NotFound;
import dev.keywheel.problem.Rejected;
import dev.keywheel.secret.Secret;
import dev.keywheel.support.Await;
import dev.keywheel.support.TestPool;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AccessTokensTest {
  private static final String HOME = "192.0.2.1";
  @AutoClose private static final TestPool t = new TestPool();

  private AccessTokens tokens;
  private Audit audit;

  @BeforeEach
  void fresh() {
    t.database.runTx(tx -> tx.dsl().deleteFrom(GATEWAY_TOKENS).execute());
    audit = new Audit(t.database, t.vault.auditKeys(), t.clock);
    tokens = node();
  }

  private AccessTokens node() {
    return new AccessTokens(t.database, t.vault, audit, t.ids, new SecureRandom(), t.clock);
  }

  @Test
  void a_new_token_gives_access_to_its_workspace() {
    Secret secret = create("Nightly batch").secret();
    var accepted = (Accepted) verify(secret);
    assertThat(accepted.token().workspaceId()).isEqualTo(t.workspace);
    assertThat(accepted.token().name()).isEqualTo("Nightly batch");
    assertThat(accepted.token().scope()).isEqualTo(TokenScope.ALL);
  }

  @Test
  void a_valid_token_is_accepted_although_the_database_refuses_changes() {
    Secret secret = create("Nightly batch").secret();
    t.test.asOwner(
        "create function refuse_use() returns trigger language plpgsql as $$ begin"
            + " raise exception using errcode = '25006'; end $$");
    t.test.asOwner(
        "create trigger refuse_use before update on gateway_tokens"
            + " for each statement execute function refuse_use()");
    try {
      assertThat(verify(secret)).isInstanceOf(Accepted.class);
    } finally {
      t.test.asOwner("drop function refuse_use cascade");
    }
  }

  @Test
  void the_database_contains_no_secret_of_a_token() {
    String clear = create("a").secret().reveal();
    String rows =
        t.database.read(
            dsl ->
                dsl.selectFrom(GATEWAY_TOKENS).fetch().formatCSV()
                    + dsl.selectFrom(GATEWAY_TOKEN_SECRETS).fetch().formatCSV());
    assertThat(rows).doesNotContain(clear.substring(10)).contains(clear.substring(36));
    var shown = tokens.of(t.workspace).getFirst().current().orElseThrow();
    assertThat(shown.masked()).isEqualTo(clear.substring(0, 8) + "…" + clear.substring(36));
  }

  @Test
  void an_invalid_token_is_refused_with_the_reason() {
    assertThat(reason(null)).contains("No access token");
    assertThat(reason(" ")).contains("No access token");
    assertThat(reason("hello")).contains("begin with kw1_");
    assertThat(reason("sk-or-v1-" + "a1".repeat(32))).contains("provider's key");
    assertThat(reason("kw1_" + "a1".repeat(15))).contains("mistyped or cut off");
    assertThat(reason("kw1_" + "a".repeat(36))).contains("mistyped");
    assertThat(reason(TokenFormat.make(new SecureRandom()))).contains("unknown");
  }

  @Test
  void a_revoked_token_is_refused_at_once_on_every_node() {
    IssuedToken issued = create("a");
    assertThat(verify(issued.secret())).isInstanceOf(Accepted.class);
    node().revoke(t.admin, issued.id());
    assertThat(reason(issued.secret().reveal())).contains("revoked");
    assertThat(tokens.get(t.workspace, issued.id()).state(t.clock.instant()))
        .isEqualTo(State.REVOKED);
    assertThatThrownBy(() -> tokens.rotate(t.admin, issued.id(), Duration.ZERO))
        .isInstanceOf(Conflict.class);
  }

  @Test
  void a_use_is_recorded_although_the_clock_was_set_back() {
    IssuedToken issued = create("a");
    verify(issued.secret());
    t.clock.tick(Duration.ofHours(-1));
    try {
      verify(issued.secret());
      assertThat(tokens.get(t.workspace, issued.id()).lastUsedAt())
          .isBeforeOrEqualTo(t.clock.instant());
    } finally {
      t.clock.tick(Duration.ofHours(1));
    }
  }

  @Test
  void a_token_ends_when_it_expires() {
    Instant end = t.clock.instant().plusSeconds(60);
    IssuedToken issued = tokens.create(t.admin, tokens.nextId(), settings("a", expiring(end)));
    assertThat(verify(issued.secret())).isInstanceOf(Accepted.class);
    t.clock.tick(Duration.ofSeconds(60));
    assertThat(reason(issued.secret().reveal())).contains("expired");
    assertThat(tokens.get(t.workspace, issued.id()).state(t.clock.instant()))
        .isEqualTo(State.EXPIRED);
  }

  @Test
  void the_message_for_a_past_day_names_the_zone_and_the_current_day_in_it() {
    Instant now = t.clock.instant();
    assertThatThrownBy(() -> tokens.create(t.admin, tokens.nextId(), settings("a", expiring(now))))
        .hasMessageStartingWith("This day has passed in UTC, where today is ")
        .hasMessageContaining(now.toString().substring(0, 10));
  }

  @Test
  void an_expiry_in_the_past_is_refused_but_one_that_has_passed_may_stay() {
    Instant now = t.clock.instant();
    assertThat(field(settings("a", expiring(now)))).isEqualTo("expires");
    IssuedToken issued =
        tokens.create(t.admin, tokens.nextId(), settings("a", expiring(now.plusSeconds(60))));
    t.clock.tick(Duration.ofSeconds(60));
    var renamed = settings("b", expiring(now.plusSeconds(60)));
    tokens.change(t.admin, issued.id(), renamed, _ -> {});
    assertThat(tokens.get(t.workspace, issued.id()).settings().name()).isEqualTo("b");
    assertThatThrownBy(
            () ->
                tokens.change(
                    t.admin, issued.id(), settings("b", expiring(now.minusSeconds(1))), _ -> {}))
        .isInstanceOf(Rejected.class);
  }

  @Test
  void after_a_rotation_the_old_secret_works_only_for_the_grace_period() {
    IssuedToken issued = create("a");
    Secret second = tokens.rotate(t.admin, issued.id(), Duration.ofHours(1)).secret();
    assertThat(verify(issued.secret())).isInstanceOf(Accepted.class);
    assertThat(verify(second)).isInstanceOf(Accepted.class);
    t.clock.tick(Duration.ofHours(1));
    assertThat(reason(issued.secret().reveal())).contains("rotated");
    assertThat(verify(second)).isInstanceOf(Accepted.class);
    Secret third = tokens.rotate(t.admin, issued.id(), Duration.ZERO).secret();
    assertThat(reason(second.reveal())).contains("rotated");
    assertThat(verify(third)).isInstanceOf(Accepted.class);
    assertThatThrownBy(() -> tokens.rotate(t.admin, issued.id(), Duration.ofDays(31)))
        .isInstanceOf(Rejected.class);
  }

  @Test
  void secrets_that_ended_long_ago_are_deleted_at_the_next_rotation() {
    IssuedToken issued = create("a");
    Secret second = tokens.rotate(t.admin, issued.id(), Duration.ZERO).secret();
    t.clock.tick(Duration.ofDays(91));
    tokens.rotate(t.admin, issued.id(), Duration.ZERO);

    assertThat(tokens.get(t.workspace, issued.id()).secrets()).hasSize(2);
    assertThat(reason(issued.secret().reveal())).contains("unknown");
    assertThat(reason(second.reveal())).contains("rotated");
  }

  @Test
  void a_secret_that_ended_89_days_ago_is_kept_and_reported_as_rotated() {
    IssuedToken issued = create("a");
    tokens.rotate(t.admin, issued.id(), Duration.ZERO);
    t.clock.tick(Duration.ofDays(89));
    tokens.rotate(t.admin, issued.id(), Duration.ZERO);

    assertThat(tokens.get(t.workspace, issued.id()).secrets()).hasSize(3);
    assertThat(reason(issued.secret().reveal())).contains("rotated");
  }

  @Test
  void another_operation_or_address_is_not_allowed() {
    TokenScope scope =
        new TokenScope(
            Set.of(GatewayOperation.CHAT),
            List.of(),
            Set.of(),
            Set.of(),
            0,
            0,
            null,
            List.of(IpNetwork.parse("192.0.2.0/24")),
            false);
    String secret = tokens.create(t.admin, tokens.nextId(), settings("a", scope)).secret().reveal();
    assertThat(tokens.verify(secret, HOME, GatewayOperation.CHAT, t.clock.instant()))
        .isInstanceOf(Accepted.class);
    assertThat(tokens.verify(secret, HOME, GatewayOperation.MODELS, t.clock.instant()))
        .isInstanceOfSatisfying(
            NotAllowed.class, no -> assertThat(no.reason()).contains("/v1/models"));
    assertThat(tokens.verify(secret, "198.51.100.1", GatewayOperation.CHAT, t.clock.instant()))
        .isInstanceOfSatisfying(
            NotAllowed.class, no -> assertThat(no.reason()).contains("198.51.100.1"));
  }

  @Test
  void tokens_of_an_archived_workspace_are_refused() {
    Secret secret = create("a").secret();
    archive(t.clock.instant());
    assertThat(reason(secret.reveal())).contains("archived");
    archive(null);
  }

  @Test
  void after_too_many_wrong_tokens_an_address_must_wait_but_not_with_a_valid_token() {
    Secret valid = create("valid").secret();
    for (int i = 0; i < FailedTokens.FREE; i++) {
      reason(TokenFormat.make(new SecureRandom()));
    }
    String wrong = TokenFormat.make(new SecureRandom());
    assertThat(verify(Secret.of(wrong))).isInstanceOf(Throttled.class);
    assertThat(verify(valid)).isInstanceOf(Accepted.class);
    assertThat(tokens.verify(wrong, "198.51.100.9", GatewayOperation.CHAT, t.clock.instant()))
        .isInstanceOf(Unauthorized.class);
    assertThat(actions(t.database.inTx(WorkspaceIds::instance)))
        .contains("limited failed access tokens");
    t.clock.tick(FailedTokens.WINDOW);
    assertThat(verify(Secret.of(wrong))).isInstanceOf(Unauthorized.class);
  }

  @Test
  void an_address_does_not_wait_longer_after_the_clock_was_set_back() {
    for (int i = 0; i < FailedTokens.FREE; i++) {
      reason(TokenFormat.make(new SecureRandom()));
    }
    t.clock.tick(Duration.ofHours(-1));
    try {
      assertThat(verify(Secret.of(TokenFormat.make(new SecureRandom()))))
          .isInstanceOf(Unauthorized.class);
    } finally {
      t.clock.tick(Duration.ofHours(1));
    }
  }

  @Test
  void the_last_use_is_recorded_to_the_minute() {
    IssuedToken issued = create("a");
    assertThat(tokens.get(t.workspace, issued.id()).lastUsedAt()).isNull();
    verify(issued.secret());
    TokenDetail used = tokens.get(t.workspace, issued.id());
    assertThat(used.lastAddress()).isEqualTo(HOME);
    assertThat(used.lastUsedAt()).isNotNull();
    t.clock.tick(Duration.ofMinutes(3));
    verify(issued.secret());
    assertThat(tokens.get(t.workspace, issued.id()).lastUsedAt())
        .isAfterOrEqualTo(used.lastUsedAt().plus(Duration.ofMinutes(3)));
  }

  @Test
  void two_tokens_may_have_the_same_name_only_if_one_is_revoked() {
    IssuedToken first = create("Batch");
    assertThatThrownBy(() -> create(" batch")).isInstanceOf(Conflict.class);
    IssuedToken other = create("Other");
    assertThatThrownBy(
            () -> tokens.change(t.admin, other.id(), settings("BATCH", TokenScope.ALL), _ -> {}))
        .isInstanceOf(Conflict.class);
    tokens.revoke(t.admin, first.id());
    create("Batch");
    assertThat(tokens.of(t.workspace)).hasSize(3);
  }

  @Test
  void of_two_tokens_that_get_the_same_name_at_the_same_time_only_one_is_renamed() {
    IssuedToken first = create("a");
    IssuedToken other = create("b");
    var renamed =
        t.database.inTx(
            tx -> {
              TokenRepository.update(tx, first.id(), settings("Batch", TokenScope.ALL));
              var rename =
                  CompletableFuture.runAsync(
                      () ->
                          tokens.change(
                              t.admin, other.id(), settings("batch", TokenScope.ALL), _ -> {}));
              Await.until("the other change waits", () -> rename.isDone() || blocks(tx));
              return rename;
            });

    assertThatThrownBy(renamed::join).hasCauseInstanceOf(Conflict.class);
    assertThat(tokens.get(t.workspace, other.id()).settings().name()).isEqualTo("b");
  }

  private static boolean blocks(Tx tx) {
    return tx.dsl()
        .fetchSingle(
            "select exists (select from pg_locks where not granted"
                + " and pg_backend_pid() = any(pg_blocking_pids(pid)))")
        .get(0, Boolean.class);
  }

  @Test
  void changes_apply_from_the_next_request_and_are_audited() {
    IssuedToken issued = create("a");
    TokenScope scope =
        new TokenScope(
            Set.of(GatewayOperation.MODELS),
            List.of("acme/*"),
            Set.of("openrouter"),
            Set.of("night"),
            60,
            4,
            null,
            List.of(IpNetwork.parse("10.0.0.0/8")),
            true);
    var settings = new TokenSettings("b", "notes", scope, "acme/large", true);
    tokens.change(t.admin, issued.id(), settings, _ -> {});
    assertThat(tokens.get(t.workspace, issued.id()).settings()).isEqualTo(settings);
    assertThat(verify(issued.secret())).isInstanceOf(NotAllowed.class);
    tokens.rotate(t.admin, issued.id(), Duration.ofDays(1));
    tokens.revoke(t.admin, issued.id());
    assertThat(actions(t.workspace))
        .startsWith(
            "revoked an access token",
            "rotated an access token",
            "changed an access token",
            "created an access token");
    AuditEvent changed = audit.newest(t.workspace, new AuditFilter("", "", ""), null, 3).get(2);
    assertThat(changed.details())
        .containsEntry("models", "acme/*")
        .containsEntry("requests per minute", "60")
        .containsEntry("default model", "acme/large")
        .containsEntry("addresses", "10.0.0.0/8");
  }

  @Test
  void a_token_of_another_workspace_is_unknown() {
    IssuedToken issued = create("a");
    var stranger = new Principal(t.ids.next(), "x@example.com", t.ids.next(), Role.ADMIN, false);
    assertThatThrownBy(() -> tokens.get(stranger.workspaceId(), issued.id()))
        .isInstanceOf(NotFound.class);
    assertThatThrownBy(() -> tokens.revoke(stranger, issued.id())).isInstanceOf(NotFound.class);
    assertThatThrownBy(() -> tokens.rotate(stranger, issued.id(), Duration.ZERO))
        .isInstanceOf(NotFound.class);
    assertThat(verify(issued.secret())).isInstanceOf(Accepted.class);
  }

  @Test
  void invalid_settings_are_refused_at_their_field() {
    assertThat(field(settings(" ", TokenScope.ALL))).isEqualTo("name");
    assertThat(field(settings("x".repeat(101), TokenScope.ALL))).isEqualTo("name");
    assertThat(field(settings("sk-or-v1-" + "a1".repeat(32), TokenScope.ALL))).isEqualTo("name");
    assertThat(field(new TokenSettings("x", "a\0b", TokenScope.ALL, null, false)))
        .isEqualTo("notes");
    var scope =
        new TokenScope(Set.of(), List.of("a\0b"), Set.of(), Set.of(), 0, 0, null, List.of(), false);
    assertThat(field(settings("x", scope))).isEqualTo("models");
    for (String model : List.of(" ", "a\nb", "a".repeat(201), "sk-or-v1-" + "a1".repeat(32))) {
      assertThat(field(new TokenSettings("x", "", TokenScope.ALL, model, false)))
          .isEqualTo("defaultModel");
    }
    assertThat(field(settings("x", tagged("x".repeat(40))))).isEmpty();
    assertThat(field(settings("y", tagged("x".repeat(41)))))
        .isEqualTo("tags"); // no key can have it
  }

  private static TokenScope tagged(String tag) {
    return new TokenScope(Set.of(), List.of(), Set.of(), Set.of(tag), 0, 0, null, List.of(), false);
  }

  private String field(TokenSettings settings) {
    try {
      tokens.create(t.admin, tokens.nextId(), settings);
      return "";
    } catch (Rejected e) {
      return e.field().orElse("");
    }
  }

  private IssuedToken create(String name) {
    return tokens.create(t.admin, tokens.nextId(), settings(name, TokenScope.ALL));
  }

  private static TokenSettings settings(String name, TokenScope scope) {
    return new TokenSettings(name, "", scope, null, false);
  }

  private static TokenScope expiring(Instant end) {
    return new TokenScope(Set.of(), List.of(), Set.of(), Set.of(), 0, 0, end, List.of(), false);
  }

  private TokenVerdict verify(Secret secret) {
    return tokens.verify(secret.reveal(), HOME, GatewayOperation.CHAT, t.clock.instant());
  }

  private String reason(@Nullable String presented) {
    var verdict = tokens.verify(presented, HOME, GatewayOperation.CHAT, t.clock.instant());
    return ((Unauthorized) verdict).reason();
  }

  private List<String> actions(UUID workspace) {
    return audit.newest(workspace, new AuditFilter("", "", ""), null, 10).stream()
        .map(AuditEvent::action)
        .toList();
  }

  private static void archive(@Nullable Instant at) {
    t.database.runTx(
        tx ->
            tx.dsl()
                .update(WORKSPACES)
                .set(WORKSPACES.ARCHIVED_AT, at)
                .where(WORKSPACES.ID.eq(t.workspace))
                .execute());
  }
}
