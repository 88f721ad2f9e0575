package dev.keywheel.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class RequestLogTest {
  @Test
  void a_client_that_invents_paths_does_not_fill_the_memory() {
    var log = new RequestLog();
    for (int i = 0; i < 200; i++) {
      log.recordCall(Instant.EPOCH, "GET", "/" + i, "");
    }

    assertThat(log.mostOpen()).isEqualTo(200);
    assertThat(log.mostOpen("/0")).isEqualTo(1);
    assertThat(log.mostOpen("/199")).isZero();
    for (int i = 0; i < 200; i++) {
      log.recordEnd("/" + i);
    }
    assertThat(log.open()).isZero();
  }
}
