package dev.keywheel.gateway.token;

import static dev.keywheel.db.schema.Tables.GATEWAY_TOKENS;
import static dev.keywheel.db.schema.Tables.GATEWAY_TOKEN_SECRETS;
import static dev.keywheel.db.schema.Tables.WORKSPACES;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.gateway.token.TokenDetail.State;
import dev.keywheel.gateway.token.TokenVerdict.Accepted;
import dev.keywheel.gateway.token.TokenVerdict.NotAllowed;
import dev.keywheel.gateway.token.TokenVerdict.Throttled;
import dev.keywheel.gateway.token.TokenVerdict.Unauthorized;
import dev.keywheel.net.IpNetwork;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.people.identity.Role;
import dev.keywheel.people.identity.WorkspaceIds;
import dev.keywheel.problem.Conflict;
import dev.keywheel.problem.NotFound;
import dev.keywheel.secret.Secret;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Which access tokens are accepted, and what their use records. */
class AccessTokensTest extends TokensInPool {
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
    IssuedToken issued = create("a");
    String clear = issued.secret().reveal();
    String rows =
        t.database.read(
            dsl ->
                dsl.selectFrom(GATEWAY_TOKENS).fetch().formatCSV()
                    + dsl.selectFrom(GATEWAY_TOKEN_SECRETS).fetch().formatCSV());
    assertThat(rows).doesNotContain(clear.substring(10)).contains(clear.substring(36));
    byte[] hash =
        t.database.read(
            dsl ->
                dsl.selectFrom(GATEWAY_TOKEN_SECRETS)
                    .where(GATEWAY_TOKEN_SECRETS.TOKEN_ID.eq(issued.id()))
                    .fetchSingle(GATEWAY_TOKEN_SECRETS.HASH));
    assertThat(hash).hasSize(32);
    assertThat(new String(hash, ISO_8859_1)).doesNotContain(clear.substring(10));
    var shown = tokens.latest(t.workspace, 1).getFirst().newest().orElseThrow();
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
    assertThatThrownBy(() -> tokens.rotate(t.admin, issued.id(), Duration.ZERO, _ -> {}))
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
    for (int i = 0; i < FailedTokens.MAX_FAILURES; i++) {
      reason(TokenFormat.make(new SecureRandom()));
    }
    String wrong = TokenFormat.make(new SecureRandom());
    assertThat(verify(Secret.of(wrong))).isInstanceOf(Throttled.class);
    assertThat(verify(valid)).isInstanceOf(Accepted.class);
    assertThat(tokens.verify(wrong, "198.51.100.9", GatewayOperation.CHAT, t.clock.instant()))
        .isInstanceOf(Unauthorized.class);
    assertThat(actions(t.database.inTx(WorkspaceIds::ensureInstance)))
        .contains("limited failed access tokens");
    t.clock.tick(FailedTokens.WINDOW);
    assertThat(verify(Secret.of(wrong))).isInstanceOf(Unauthorized.class);
  }

  @Test
  void an_address_does_not_wait_longer_after_the_clock_was_set_back() {
    for (int i = 0; i < FailedTokens.MAX_FAILURES; i++) {
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
  void a_token_of_another_workspace_is_unknown() {
    IssuedToken issued = create("a");
    var stranger = new Principal(t.ids.next(), "x@example.com", t.ids.next(), Role.ADMIN, false);
    assertThatThrownBy(() -> tokens.get(stranger.workspaceId(), issued.id()))
        .isInstanceOf(NotFound.class);
    assertThatThrownBy(() -> tokens.revoke(stranger, issued.id())).isInstanceOf(NotFound.class);
    assertThatThrownBy(() -> tokens.rotate(stranger, issued.id(), Duration.ZERO, _ -> {}))
        .isInstanceOf(NotFound.class);
    assertThat(verify(issued.secret())).isInstanceOf(Accepted.class);
  }

  private void archive(@Nullable Instant at) {
    t.database.runTx(
        tx ->
            tx.dsl()
                .update(WORKSPACES)
                .set(WORKSPACES.ARCHIVED_AT, at)
                .where(WORKSPACES.ID.eq(t.workspace))
                .execute());
  }
}
