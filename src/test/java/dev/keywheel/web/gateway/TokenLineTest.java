package dev.keywheel.web.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.gateway.token.TokenDetail;
import dev.keywheel.gateway.token.TokenDetail.SecretInfo;
import dev.keywheel.gateway.token.TokenScope;
import dev.keywheel.gateway.token.TokenSettings;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TokenLineTest {
  private static final Instant CREATED = Instant.parse("2026-12-01T16:09:20Z");
  private static final Instant LATER = CREATED.plusSeconds(600);

  @Test
  void a_token_was_never_used_before_its_creation() {
    assertThat(line(null, null).lastUsed()).isNull();
    assertThat(line(Instant.parse("2026-12-01T16:09:00Z"), null).lastUsed()).isEqualTo(CREATED);
    assertThat(line(LATER, null).lastUsed()).isEqualTo(LATER);
  }

  @Test
  void a_revoked_token_keeps_the_masked_form_of_its_last_secret() {
    assertThat(line(null, null).masked()).isEqualTo("kw1_bLpS…vMYT");
    assertThat(line(null, LATER).masked()).isEqualTo("kw1_bLpS…vMYT");
  }

  private static TokenLine line(@Nullable Instant used, @Nullable Instant revoked) {
    var rotated = new SecretInfo("kw1_old1", "aaaa", CREATED, LATER);
    var last = new SecretInfo("kw1_bLpS", "vMYT", CREATED.plusSeconds(1), revoked);
    var settings = new TokenSettings("night", "", TokenScope.ALL, null, false);
    return TokenLine.of(
        new TokenDetail(
            UUID.randomUUID(),
            settings,
            CREATED,
            "grace@example.org",
            revoked,
            revoked == null ? null : "grace@example.org",
            used,
            used == null ? null : "10.0.0.1",
            List.of(last, rotated)),
        LATER.plusSeconds(60));
  }
}
