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
    assertThat(open.enter(one, first)).isEmpty();
    assertThat(open.enter(new UUID(0, 2), new Cancellation())).isEmpty();
    assertThat(open.enter(new UUID(0, 3), new Cancellation()).orElseThrow()).contains("This node");

    open.leave(one, first);

    assertThat(open.enter(new UUID(0, 3), new Cancellation())).isEmpty();
  }

  @Test
  void the_open_requests_of_one_token_are_limited_and_the_refusal_says_so() {
    var open = new OpenRequests(OpenRequests.MAX_PER_TOKEN * 2L);
    var token = new UUID(0, 1);
    for (int i = 0; i < OpenRequests.MAX_PER_TOKEN; i++) {
      assertThat(open.enter(token, new Cancellation())).isEmpty();
    }

    assertThat(open.enter(token, new Cancellation()).orElseThrow())
        .contains("This access token has 1000 open requests");
    assertThat(open.enter(new UUID(0, 2), new Cancellation())).isEmpty();
  }
}
