package dev.keywheel.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class BufferedBytesTest {
  private static final Duration MOMENT = Duration.ofMillis(1);

  private final BufferedBytes answers = new BufferedBytes(6_400, "too many large answers");

  @Test
  void while_an_answer_is_sent_the_next_may_use_the_rest_of_the_limit_and_afterwards_all_of_it()
      throws Exception {
    BufferedBytes.Share sending = answers.share();
    BufferedBytes.Share next = answers.share();
    BufferedBytes.Share third = answers.share();
    assertThat(sending.awaitRoom(4_000, MOMENT)).isTrue();
    assertThat(next.awaitRoom(1_000, MOMENT)).isFalse();

    sending.passTurn();

    assertThat(next.awaitRoom(2_400, MOMENT)).isTrue();
    assertThat(third.awaitRoom(200, MOMENT)).isFalse();
    assertThat(next.awaitRoom(6_400, MOMENT)).isFalse();
    sending.close();
    assertThat(next.awaitRoom(6_400, MOMENT)).isTrue();
    assertThatThrownBy(() -> next.awaitRoom(6_401, MOMENT)).isInstanceOf(RefusedRequest.class);
  }

  @Test
  void small_answers_leave_room_for_a_large_one() throws Exception {
    for (int i = 0; i < 48; i++) {
      assertThat(answers.share().awaitRoom(100, MOMENT)).isTrue();
    }
    BufferedBytes.Share large = answers.share();

    assertThat(large.awaitRoom(1_000, MOMENT)).isTrue();
    assertThat(answers.share().awaitRoom(100, MOMENT)).isFalse();
    assertThat(large.awaitRoom(1_600, MOMENT)).isTrue();
  }
}
