package dev.keywheel.fault.history;

import static dev.keywheel.fault.history.SampleEvidence.ARTICLE;
import static dev.keywheel.fault.history.SampleEvidence.IMPORT;
import static dev.keywheel.fault.history.SampleEvidence.REQUEST;
import static dev.keywheel.fault.history.SampleEvidence.RUN;
import static dev.keywheel.fault.history.SampleEvidence.at;
import static dev.keywheel.fault.history.SampleEvidence.key;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.fault.history.Evidence.Line;
import dev.keywheel.fault.history.Evidence.OperationRow;
import dev.keywheel.fault.history.Evidence.RunRow;
import dev.keywheel.fault.history.Evidence.SeatRow;
import dev.keywheel.fault.history.History.Kind;
import dev.keywheel.fault.history.History.Result;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Each check of the histories fails on evidence with one error. */
class CheckerTest {
  private final SampleEvidence sample = new SampleEvidence();

  @Test
  void a_history_without_faults_violates_nothing() {
    sample.viewedAllBut();
    assertThat(sample.violated()).isEmpty();
  }

  @Test
  void a_missing_acknowledged_run_is_found() {
    sample.act(Kind.GENERATE, new UUID(3, 2), 11, Result.OK, "/runs/" + new UUID(1, 2));
    assertThat(sample.violated()).containsOnly("I1");
  }

  @Test
  void an_unacknowledged_run_may_exist_or_not() {
    sample.act(Kind.GENERATE, new UUID(3, 2), 11, Result.UNKNOWN, "");
    assertThat(sample.violated()).isEmpty();
  }

  @Test
  void an_acknowledged_retry_without_a_trace_is_found() {
    sample.act(Kind.RETRY, RUN, 11, Result.OK, "");
    assertThat(sample.violated()).containsOnly("I1");
  }

  @Test
  void an_acknowledged_cancellation_of_a_run_that_completes_is_found() {
    sample.act(Kind.CANCEL, RUN, 9.5, Result.OK, "");
    assertThat(sample.violated()).containsOnly("I1");
  }

  @Test
  void an_incomplete_import_is_found() {
    sample.imported.put(IMPORT, 1);
    assertThat(sample.violated()).containsOnly("I1");
  }

  @Test
  void a_sign_in_that_was_not_recorded_is_found() {
    sample.signIns = 0;
    assertThat(sample.violated()).containsOnly("I1");
  }

  @Test
  void an_acknowledged_disablement_without_a_change_is_found() {
    sample.act(Kind.DISABLE, key(1), 11, Result.OK, "/keys");
    assertThat(sample.violated()).containsOnly("I1");
    sample.change(1, 11.05, "disabled", null);
    assertThat(sample.violated()).isEmpty();
  }

  @Test
  void one_request_with_two_runs_is_found() {
    sample.runs.add(new RunRow(new UUID(1, 2), REQUEST, ARTICLE, "completed", null, List.of()));
    assertThat(sample.violated()).contains("I2");
  }

  @Test
  void two_clicks_that_started_two_runs_are_found() {
    sample.act(Kind.GENERATE, REQUEST, -10, Result.OK, "/runs/" + new UUID(1, 2));
    assertThat(sample.violated()).contains("I2");
  }

  @Test
  void a_run_that_ends_twice_is_found() {
    sample.line(11, "run.completed", null);
    assertThat(sample.violated()).containsOnly("I2");
  }

  @Test
  void a_missing_operation_is_found() {
    sample.operations.removeLast();
    assertThat(sample.violated()).containsOnly("I3");
  }

  @Test
  void an_operation_that_exists_twice_is_found() {
    sample.operations.add(new OperationRow(RUN, 4, "Guide Generator", "succeeded", null));
    assertThat(sample.violated()).containsOnly("I3");
  }

  @Test
  void an_operation_left_open_in_an_ended_run_is_found() {
    sample.operation(5, "running", null);
    assertThat(sample.violated()).containsOnly("I3");
  }

  @Test
  void an_operation_that_ended_twice_is_found() {
    sample.line(11, "op.succeeded", 4);
    assertThat(sample.violated()).containsOnly("I3");
  }

  @Test
  void a_run_without_its_article_is_found() {
    sample.articles.clear();
    assertThat(sample.violated()).containsOnly("I3");
  }

  @Test
  void a_call_without_an_attempt_is_found() {
    sample.received(4, 4.2);
    assertThat(sample.violated()).containsOnly("I4");
  }

  @Test
  void an_attempt_that_was_answered_without_a_call_is_found() {
    sample.received.removeLast();
    assertThat(sample.violated()).containsOnly("I4");
  }

  @Test
  void an_attempt_written_after_its_call_is_found() {
    sample.received.removeLast();
    sample.received(8, 7);
    assertThat(sample.violated()).containsOnly("I4");
  }

  @Test
  void an_attempt_of_unknown_outcome_may_have_no_call() {
    sample.attempts.removeLast();
    sample.attempt(8, "first", "unknown", 7.5);
    sample.attempt(8, "resend", "ok", 8);
    assertThat(sample.violated()).isEmpty();
  }

  @Test
  void a_call_after_an_acknowledged_cancellation_is_found() {
    sample.run(new RunRow(RUN, REQUEST, ARTICLE, "cancelled", "cancelled", List.of()));
    sample.act(Kind.CANCEL, RUN, 6, Result.OK, "");
    assertThat(sample.violated()).containsOnly("I6");
  }

  @Test
  void a_key_that_is_assigned_again_before_another_key_is_found() {
    var plan = List.of(new SeatRow(key(1), 1), new SeatRow(key(1), 3), new SeatRow(key(2), 2));
    sample.run(new RunRow(RUN, REQUEST, ARTICLE, "completed", null, plan));
    assertThat(sample.violated()).isEmpty();
    sample.keys.add(new Evidence.KeyRow(key(3), "key3", at(-100)));
    assertThat(sample.violated()).containsOnly("I5");
  }

  @Test
  void a_key_that_is_not_usable_may_be_skipped() {
    var plan = List.of(new SeatRow(key(1), 1), new SeatRow(key(1), 3), new SeatRow(key(2), 2));
    sample.run(new RunRow(RUN, REQUEST, ARTICLE, "completed", null, plan));
    sample.keys.add(new Evidence.KeyRow(key(3), "key3", at(-100)));
    sample.change(3, -90, "disabled", null);
    assertThat(sample.violated()).isEmpty();
  }

  @Test
  void rotation_numbers_of_deleted_plans_account_for_as_many_keys() {
    var plan = List.of(new SeatRow(key(1), 1), new SeatRow(key(1), 4), new SeatRow(key(2), 2));
    sample.run(new RunRow(RUN, REQUEST, ARTICLE, "completed", null, plan));
    sample.keys.add(new Evidence.KeyRow(key(3), "key3", at(-100)));
    assertThat(sample.violated()).isEmpty();
    sample.keys.add(new Evidence.KeyRow(key(4), "key4", at(-100)));
    assertThat(sample.violated()).containsOnly("I5");
  }

  @Test
  void the_use_of_a_disabled_key_is_found() {
    sample.change(1, -5, "disabled", null);
    assertThat(sample.violated()).containsOnly("I6");
  }

  @Test
  void the_use_of_a_deleted_key_is_found() {
    sample.change(1, -5, "deleted", null);
    assertThat(sample.violated()).containsOnly("I6");
  }

  @Test
  void the_use_of_a_limited_key_is_found() {
    sample.change(1, -5, "status", "rate_limited");
    assertThat(sample.violated()).containsOnly("I6");
  }

  @Test
  void the_use_of_a_failed_key_is_found() {
    sample.change(1, -5, "status", "failed");
    assertThat(sample.violated()).containsOnly("I6");
  }

  @Test
  void a_change_while_the_call_begins_is_not_reported() {
    sample.change(2, 7.9, "disabled", null);
    assertThat(sample.violated()).isEmpty();
  }

  @Test
  void a_gap_in_the_log_is_found() {
    sample.lines.remove(3);
    assertThat(sample.violated()).contains("I7");
  }

  @Test
  void a_line_that_a_viewer_missed_is_found() {
    sample.viewedAllBut(5);
    assertThat(sample.violated()).containsOnly("I7");
  }

  @Test
  void a_line_that_changed_after_it_was_shown_is_found() {
    sample.viewedAllBut();
    sample.lines.set(3, new Line(RUN, 4, at(3), "op.error", "another text", null));
    assertThat(sample.violated()).contains("I7");
  }

  @Test
  void a_run_that_never_ends_is_found() {
    sample.run(new RunRow(RUN, REQUEST, ARTICLE, "running", null, List.of()));
    assertThat(sample.violated()).containsOnly("I9");
  }

  @Test
  void a_failed_run_without_a_reason_is_found() {
    sample.run(new RunRow(RUN, REQUEST, ARTICLE, "failed", null, List.of()));
    assertThat(sample.violated()).containsOnly("I9");
  }

  @Test
  void an_attempt_left_open_is_found() {
    sample.attempts.removeLast();
    sample.attempt(8, "first", "sent", 8);
    assertThat(sample.violated()).containsOnly("I9");
  }

  @Test
  void a_batch_that_never_ends_is_found() {
    sample.recoveries.add("a batch");
    assertThat(sample.violated()).containsOnly("I9");
  }

  @Test
  void a_broken_audit_log_is_found() {
    sample.brokenAudit = Optional.of("Entry 7 was changed in the database.");
    assertThat(sample.violated()).containsOnly("I10");
  }

  @Test
  void a_finished_operation_that_is_called_again_is_found() {
    sample.attempt(3, "first", "unknown", 9);
    assertThat(sample.violated()).containsOnly("paid work");
  }

  @Test
  void an_answered_call_that_is_sent_again_is_found() {
    sample.attempts.removeLast();
    sample.attempt(8, "first", "ok", 7.5);
    sample.attempt(8, "first", "unknown", 8.5);
    assertThat(sample.violated()).containsOnly("paid work");
  }

  @Test
  void a_call_repeated_by_a_retry_is_not_reported() {
    sample.line(9, "run.retried", null);
    sample.attempt(8, "first", "ok", 10);
    sample.received(8, 10);
    sample.line(10.9, "op.succeeded", 8);
    sample.line(11, "run.completed", null);
    assertThat(sample.violated()).isEmpty();
  }

  @Test
  void a_server_error_is_found() {
    sample.operation(2, "failed", "broken");
    assertThat(sample.violated()).containsOnly("no broken operation");
    sample.errorReports.add("500");
    assertThat(sample.violated()).contains("no answer 500");
  }
}
