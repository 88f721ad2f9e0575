package dev.keywheel.gateway.token;

import static dev.keywheel.db.schema.Tables.GATEWAY_TOKENS;

import dev.keywheel.gateway.token.TokenVerdict.Unauthorized;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.audit.event.AuditEvent;
import dev.keywheel.people.audit.event.AuditFilter;
import dev.keywheel.secret.Secret;
import dev.keywheel.support.TestPool;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;

/** Tests of access tokens, which share a pool but no token. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class TokensInPool {
  static final String HOME = "192.0.2.1";

  @AutoClose final TestPool t = new TestPool();
  final Audit audit = new Audit(t.database, t.vault.auditKeys(), t.clock);
  AccessTokens tokens = node();

  @BeforeEach
  void forgetOtherTests() {
    t.database.runTx(tx -> tx.dsl().deleteFrom(GATEWAY_TOKENS).execute());
    tokens = node();
  }

  AccessTokens node() {
    return new AccessTokens(t.database, t.vault, audit, t.ids, new SecureRandom(), t.clock);
  }

  IssuedToken create(String name) {
    return tokens.create(t.admin, tokens.nextId(), settings(name, TokenScope.ALL));
  }

  static TokenSettings settings(String name, TokenScope scope) {
    return new TokenSettings(name, "", scope, null, false);
  }

  static TokenScope expiring(Instant end) {
    return new TokenScope(Set.of(), List.of(), Set.of(), Set.of(), 0, 0, end, List.of(), false);
  }

  TokenVerdict verify(Secret secret) {
    return tokens.verify(secret.reveal(), HOME, GatewayOperation.CHAT, t.clock.instant());
  }

  String reason(@Nullable String presented) {
    var verdict = tokens.verify(presented, HOME, GatewayOperation.CHAT, t.clock.instant());
    return ((Unauthorized) verdict).reason();
  }

  List<String> actions(UUID workspace) {
    return audit.newest(workspace, new AuditFilter("", "", ""), null, 10).stream()
        .map(AuditEvent::action)
        .toList();
  }
}
