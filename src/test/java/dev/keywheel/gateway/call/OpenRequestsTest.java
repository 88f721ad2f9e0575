package dev.keywheel.gateway.call;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.gateway.http.Cancellation;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class OpenRequestsTest {
  @Test
  void the_requests_of_all_tokens_together_are_limited() {
    var open = new OpenRequests(2);
    var one = new UUID(0, 1);
    var first = new Cancellation();
    assertThat(open.enter(one, first)).isTrue();
    assertThat(open.enter(new UUID(0, 2), new Cancellation())).isTrue();
    assertThat(open.enter(new UUID(0, 3), new Cancellation())).isFalse();

    open.leave(one, first);

    assertThat(open.enter(new UUID(0, 3), new Cancellation())).isTrue();
  }
}
