package dev.keywheel.fault.history;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The evidence of an experiment.
 *
 * @param actions requests of clients, in the order of completion
 * @param received calls at the provider, in the order of arrival
 * @param viewed the lines that a client saw by following the log of a run
 * @param openJobs ids that have a job
 * @param brokenAudit the first line of the audit log that does not follow from the previous line
 * @param gateway the stored requests to the gateway
 */
record Evidence(
    List<History.Action> actions,
    List<Received> received,
    Map<UUID, List<Line>> viewed,
    List<RunRow> runs,
    List<OperationRow> operations,
    List<AttemptRow> attempts,
    List<KeyRow> keys,
    List<KeyChange> changes,
    List<Line> lines,
    Set<UUID> articles,
    Map<UUID, Integer> importedKeys,
    List<String> openRecoveries,
    Set<String> openJobs,
    long signIns,
    Optional<String> brokenAudit,
    GatewayEvidence gateway,
    List<String> errorReports) {

  /** Totals of the evidence, as text. */
  String summary() {
    var results =
        actions.stream().collect(groupingBy(History.Action::result, TreeMap::new, counting()));
    var ends = runs.stream().collect(groupingBy(RunRow::state, TreeMap::new, counting()));
    var causes = attempts.stream().collect(groupingBy(AttemptRow::cause, TreeMap::new, counting()));
    long unknown = attempts.stream().filter(a -> a.state().equals("unknown")).count();
    return ("actions %s, runs %s, calls received %d, attempts %s, of unknown outcome %d, log lines %d,"
            + " requests %s")
        .formatted(
            results, ends, received.size(), causes, unknown, lines.size(), gateway.summary());
  }

  /** A completion that the provider received; {@code status} is 0 if it sent no answer. */
  record Received(Instant at, String keyName, String operation, String model, int status) {}

  /** A seat of a run's plan. */
  record SeatRow(UUID keyId, long seq) {}

  record RunRow(
      UUID id,
      UUID requestId,
      UUID articleId,
      String state,
      @Nullable String reason,
      List<SeatRow> plan) {
    boolean ended() {
      return Set.of("completed", "completed_with_gaps", "failed", "cancelled").contains(state);
    }
  }

  record OperationRow(
      UUID runId, int ordinal, String name, String state, @Nullable String errorCode) {
    boolean ended() {
      return Set.of("succeeded", "degraded", "failed", "skipped", "cancelled").contains(state);
    }
  }

  record AttemptRow(
      long id,
      UUID runId,
      int ordinal,
      int no,
      String cause,
      UUID keyId,
      String keyName,
      long seq,
      String model,
      String state,
      @Nullable Integer httpStatus,
      @Nullable String outcome,
      Instant sentAt,
      @Nullable Instant endedAt) {}

  record KeyRow(UUID id, String name, Instant addedAt) {}

  /** {@code to} is the new status if the kind is {@code status}. */
  record KeyChange(UUID keyId, Instant at, String kind, @Nullable String to) {}

  /** A line of the log of a run or a recovery. */
  record Line(
      UUID stream, long seq, Instant at, String code, String message, @Nullable Integer ordinal) {}
}
