package dev.keywheel.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import org.junit.jupiter.api.Test;

class RequestIdTest {
  @Test
  void a_formatted_request_id_is_parsed_back() {
    for (UUID id :
        new UUID[] {new UUID(0, 0), new UUID(-1, -1), UUID.randomUUID(), new UUID(1L << 63, 31)}) {
      assertThat(RequestId.parse(RequestId.of(id))).contains(id);
    }
  }

  @Test
  void a_malformed_request_id_is_not_parsed() {
    for (String text :
        new String[] {"", "req_", "req_8" + "0".repeat(25), "req_" + "U".repeat(26)}) {
      assertThat(RequestId.parse(text)).as(text).isEmpty();
    }
  }
}
