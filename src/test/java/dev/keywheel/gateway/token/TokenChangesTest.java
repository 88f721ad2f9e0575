package dev.keywheel.gateway.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.db.Tx;
import dev.keywheel.gateway.token.TokenVerdict.Accepted;
import dev.keywheel.gateway.token.TokenVerdict.NotAllowed;
import dev.keywheel.net.IpNetwork;
import dev.keywheel.people.audit.event.AuditEvent;
import dev.keywheel.people.audit.event.AuditFilter;
import dev.keywheel.problem.Conflict;
import dev.keywheel.problem.Rejected;
import dev.keywheel.secret.Secret;
import dev.keywheel.support.Await;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Settings, names, rotation and expiry of access tokens. */
class TokenChangesTest extends TokensInPool {
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
    Secret second = tokens.rotate(t.admin, issued.id(), Duration.ofHours(1), _ -> {}).secret();
    assertThat(verify(issued.secret())).isInstanceOf(Accepted.class);
    assertThat(verify(second)).isInstanceOf(Accepted.class);
    t.clock.tick(Duration.ofHours(1));
    assertThat(reason(issued.secret().reveal())).contains("rotated");
    assertThat(verify(second)).isInstanceOf(Accepted.class);
    Secret third = tokens.rotate(t.admin, issued.id(), Duration.ZERO, _ -> {}).secret();
    assertThat(reason(second.reveal())).contains("rotated");
    assertThat(verify(third)).isInstanceOf(Accepted.class);
    assertThatThrownBy(() -> tokens.rotate(t.admin, issued.id(), Duration.ofDays(31), _ -> {}))
        .isInstanceOf(Rejected.class);
  }

  @Test
  void the_secret_that_still_works_is_shown_although_the_clock_was_set_back_before_the_rotation() {
    IssuedToken issued = create("a");
    t.clock.tick(Duration.ofHours(-1));
    Secret second = tokens.rotate(t.admin, issued.id(), Duration.ofMinutes(1), _ -> {}).secret();
    t.clock.tick(Duration.ofHours(1));

    String shown = tokens.get(t.workspace, issued.id()).newest().orElseThrow().last4();
    assertThat(second.reveal()).endsWith(shown);
  }

  @Test
  void secrets_that_ended_long_ago_are_deleted_at_the_next_rotation() {
    IssuedToken issued = create("a");
    Secret second = tokens.rotate(t.admin, issued.id(), Duration.ZERO, _ -> {}).secret();
    t.clock.tick(Duration.ofDays(91));
    tokens.rotate(t.admin, issued.id(), Duration.ZERO, _ -> {});

    assertThat(tokens.get(t.workspace, issued.id()).secrets()).hasSize(2);
    assertThat(reason(issued.secret().reveal())).contains("unknown");
    assertThat(reason(second.reveal())).contains("rotated");
  }

  @Test
  void a_secret_that_ended_89_days_ago_is_kept_and_reported_as_rotated() {
    IssuedToken issued = create("a");
    tokens.rotate(t.admin, issued.id(), Duration.ZERO, _ -> {});
    t.clock.tick(Duration.ofDays(89));
    tokens.rotate(t.admin, issued.id(), Duration.ZERO, _ -> {});

    assertThat(tokens.get(t.workspace, issued.id()).secrets()).hasSize(3);
    assertThat(reason(issued.secret().reveal())).contains("rotated");
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
    assertThat(tokens.latest(t.workspace, 10)).hasSize(3);
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
    tokens.rotate(t.admin, issued.id(), Duration.ofDays(1), _ -> {});
    tokens.revoke(t.admin, issued.id());
    assertThat(tokens.get(t.workspace, issued.id()).revokedBy()).isEqualTo(t.admin.email());
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
}
