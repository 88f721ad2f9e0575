package dev.keywheel.fault.history;

import static dev.keywheel.fault.history.SampleEvidence.NODE;
import static dev.keywheel.fault.history.SampleEvidence.at;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.fault.history.GatewayClients.Answer;
import dev.keywheel.fault.history.GatewayEvidence.CallRow;
import dev.keywheel.fault.history.GatewayEvidence.RequestRow;
import dev.keywheel.fault.history.History.Kind;
import dev.keywheel.fault.history.History.Result;
import java.time.Instant;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The checks of gateway requests fail on evidence with one error. */
class GatewayCheckerTest {
  private final SampleEvidence sample = new SampleEvidence();

  GatewayCheckerTest() {
    sample.request(20, "ok");
    sample.request(22, "ok");
    sample.request(24, "failed");
  }

  @Test
  void a_history_without_faults_violates_nothing() {
    assertThat(sample.violated()).isEmpty();
  }

  @Test
  void an_answer_without_a_request_is_found() {
    sample.requests.removeFirst();
    assertThat(sample.violated()).containsOnly("I1");
  }

  @Test
  void an_answer_that_is_stored_as_a_failure_is_found() {
    state(0, "failed");
    assertThat(sample.violated()).containsOnly("I1");
  }

  @Test
  void an_error_that_is_stored_as_an_answer_is_found() {
    state(2, "ok");
    assertThat(sample.violated()).containsOnly("I1", "I4");
  }

  @Test
  void one_request_that_is_stored_twice_is_found() {
    sample.requests.add(sample.requests.getLast());
    assertThat(sample.violated()).containsOnly("I2");
  }

  @Test
  void a_call_after_the_answer_is_found() {
    sample.call(1, 2, 2, 26, "http_error");
    assertThat(sample.violated()).containsOnly("paid once", "I4");
  }

  @Test
  void a_call_without_an_attempt_is_found() {
    sample.calls.removeFirst();
    assertThat(sample.violated()).containsOnly("I4");
  }

  @Test
  void a_request_in_flight_and_a_call_that_is_sent_are_found() {
    state(2, "in_flight");
    callState(2, "sent");
    assertThat(sample.violated()).containsOnly("I9");
  }

  @Test
  void an_unknown_outcome_on_a_live_node_is_found() {
    state(0, "unknown");
    callState(0, "unknown");
    assertThat(sample.violated()).containsOnly("I9");
    sample.nodes.clear();
    assertThat(sample.violated()).isEmpty();
  }

  @Test
  void a_key_that_was_skipped_is_found() {
    sample.keys.add(new Evidence.KeyRow(SampleEvidence.key(3), "key3", at(-100)));
    assertThat(sample.violated()).containsOnly("I5");
    sample.excluded.put("test/model:free", Set.of(SampleEvidence.key(3)));
    assertThat(sample.violated()).isEmpty();
  }

  @Test
  void the_use_of_a_key_that_is_disabled_is_found() {
    sample.change(1, 10, "disabled", null);
    assertThat(sample.violated()).containsOnly("I6");
  }

  @Test
  void an_answer_whose_truncation_was_not_reported_is_found() {
    sample.act(Kind.ASK, new UUID(9, 9), 30, Result.UNKNOWN, Answer.TRUNCATED_UNNOTICED.name());
    assertThat(sample.violated()).containsOnly("no truncated answer looks complete");
  }

  @ParameterizedTest
  @CsvSource({
    "200, true, true, 'data: {}\n\ndata: [DONE]\n\n', COMPLETE",
    "200, false, true, 'data: {}\n\ndata: [DONE]\n\n', COMPLETE",
    "200, true, true, 'data: {\"finish_reason\": \"stop\"}\n\n', COMPLETE",
    "200, false, true, 'data: {\"finish_reason\": \"stop\"}\n\n', INTERRUPTED",
    "200, true, true, 'data: {\"finish_reason\": null}\n\n', TRUNCATED_UNNOTICED",
    "200, false, true, 'data: {}\n\n', INTERRUPTED",
    "200, true, true, 'data: {\"error\": {}}\n\n', ERROR",
    "200, true, false, '{\"choices\": []}', COMPLETE",
    "200, false, false, '{\"choices\": []', INTERRUPTED",
    "200, true, false, '{}', TRUNCATED_UNNOTICED",
    "503, true, false, '{}', ERROR",
    "0, false, true, '', INTERRUPTED"
  })
  void an_answer_is_classified_as_its_client_sees_it(
      int status, boolean ended, boolean streamed, String body, Answer answer) {
    assertThat(GatewayClients.answer(status, ended, streamed, body)).isEqualTo(answer);
  }

  /** Of two calls of a key, the second is answered before the request of the first arrives. */
  @Test
  void overlapping_calls_of_a_key_are_distinguished() {
    callTook(0, 20.1, 25);
    callTook(2, 20.2, 20.9);
    assertThat(sample.violated()).doesNotContain("I4");
  }

  private void callTook(int index, double from, double to) {
    var old = sample.calls.get(index);
    replaceCall(
        old,
        old.state(),
        old.httpStatus(),
        old.outcome(),
        SampleEvidence.at(from),
        SampleEvidence.at(to));
  }

  private void state(int index, String state) {
    var old = sample.requests.get(index);
    sample.requests.set(
        index,
        new RequestRow(
            old.id(), old.clientId(), state, null, null, old.attempts(), NODE, old.startedAt()));
  }

  private void callState(int index, String state) {
    var old = sample.calls.get(index);
    replaceCall(old, state, null, null, old.openedAt(), old.endedAt());
  }

  private void replaceCall(
      CallRow old,
      String state,
      @Nullable Integer httpStatus,
      @Nullable String outcome,
      Instant openedAt,
      @Nullable Instant endedAt) {
    sample.calls.set(
        sample.calls.indexOf(old),
        new CallRow(
            old.id(),
            old.requestId(),
            old.no(),
            old.seat(),
            old.keyId(),
            old.keyName(),
            old.model(),
            state,
            httpStatus,
            outcome,
            NODE,
            openedAt,
            endedAt));
  }
}
