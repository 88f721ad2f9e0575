package dev.keywheel.fault.history;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toList;
import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;

import dev.keywheel.fault.history.Evidence.AttemptRow;
import dev.keywheel.fault.history.Evidence.KeyChange;
import dev.keywheel.fault.history.Evidence.KeyRow;
import dev.keywheel.fault.history.Evidence.Line;
import dev.keywheel.fault.history.Evidence.OperationRow;
import dev.keywheel.fault.history.Evidence.Received;
import dev.keywheel.fault.history.Evidence.RunRow;
import dev.keywheel.fault.history.Evidence.SeatRow;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.audit.AuditFinding;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.impl.DSL;

/**
 * Reads what an experiment left in the database, in plain SQL instead of the code that wrote it.
 */
final class EvidenceReader {
  private final DSLContext dsl;

  EvidenceReader(DSLContext dsl) {
    this.dsl = dsl;
  }

  /** Unfinished work; empty when the system is at rest. */
  List<String> unfinished() {
    var open = new ArrayList<String>();
    rows("select * from runs where ended_at is null or state not in"
            + " ('completed', 'completed_with_gaps', 'failed', 'cancelled')")
        .forEach(
            r ->
                open.add(
                    "run %s %s: %s, wait until %s"
                        .formatted(
                            r.get("number"),
                            r.get("state"),
                            r.get("reason"),
                            r.get("wait_until"))));
    rows("select * from recoveries where state = 'running'")
        .forEach(r -> open.add("recovery " + r.get("id") + " " + r.get("trigger")));
    open.addAll(GatewayEvidence.open(dsl));
    return open;
  }

  Evidence read(
      List<History.Action> actions,
      List<Received> received,
      Map<UUID, List<Line>> viewed,
      Audit audit,
      List<String> errorReports) {
    var seats = seats();
    var workspaces = rows("select id from workspaces").map(r -> r.get("id", UUID.class));
    return new Evidence(
        actions,
        received,
        viewed,
        rows("select * from runs order by number")
            .map(r -> run(r, seats.getOrDefault(id(r, "id"), List.of()))),
        rows("select * from operations order by run_id, ordinal").map(EvidenceReader::operation),
        rows("select * from attempts order by id").map(EvidenceReader::attempt),
        rows("select * from api_keys order by added_seq")
            .map(r -> new KeyRow(id(r, "id"), text(r, "name"), at(r, "added_at"))),
        rows("select * from key_changes order by id")
            .map(
                r ->
                    new KeyChange(
                        id(r, "key_id"),
                        at(r, "at"),
                        text(r, "kind"),
                        r.get("to_status", String.class))),
        rows("select * from events order by stream_id, seq").map(EvidenceReader::line),
        rows("select id from articles").map(r -> id(r, "id")).stream().collect(toSet()),
        imported(),
        rows("select id from recoveries where state = 'running'").map(r -> id(r, "id").toString()),
        Set.copyOf(
            rows("select task_instance from scheduled_tasks").map(r -> text(r, "task_instance"))),
        dsl.fetchSingle("select count(*) from audit_events where action = 'signed in'")
            .get(0, Long.class),
        workspaces.stream()
            .flatMap(w -> audit.findings(w).stream().map(AuditFinding::sentence))
            .findFirst(),
        GatewayEvidence.read(dsl),
        errorReports);
  }

  /** The number of stored keys of each import. */
  private Map<UUID, Integer> imported() {
    return rows(
            "select i.id, count(k.id) as there from key_imports i"
                + " left join lateral jsonb_array_elements(i.report) l on i.confirmed_at is not null"
                + " left join api_keys k on k.name = l ->> 'name' group by i.id")
        .stream()
        .collect(toMap(r -> id(r, "id"), r -> r.get("there", Integer.class)));
  }

  private static RunRow run(Record r, List<SeatRow> seats) {
    return new RunRow(
        id(r, "id"),
        id(r, "request_id"),
        id(r, "article_id"),
        text(r, "state"),
        r.get("reason", String.class),
        seats);
  }

  /** Seats in the order of their places, by run. */
  private Map<UUID, List<SeatRow>> seats() {
    return rows("select * from run_seats order by run_id, place").stream()
        .collect(
            groupingBy(
                r -> id(r, "run_id"),
                mapping(
                    r -> new SeatRow(id(r, "key_id"), r.get("rotation_number", Long.class)),
                    toList())));
  }

  private static OperationRow operation(Record r) {
    return new OperationRow(
        id(r, "run_id"),
        r.get("ordinal", Integer.class),
        text(r, "name"),
        text(r, "state"),
        r.get("error_code", String.class));
  }

  private static AttemptRow attempt(Record r) {
    return new AttemptRow(
        r.get("id", Long.class),
        id(r, "run_id"),
        r.get("ordinal", Integer.class),
        r.get("no", Integer.class),
        text(r, "cause"),
        id(r, "key_id"),
        text(r, "key_name"),
        Objects.requireNonNullElse(r.get("seq", Long.class), 0L),
        text(r, "model"),
        text(r, "state"),
        r.get("http_status", Integer.class),
        r.get("outcome", String.class),
        at(r, "sent_at"),
        r.get("ended_at", Instant.class));
  }

  private static Line line(Record r) {
    return new Line(
        id(r, "stream_id"),
        r.get("seq", Long.class),
        at(r, "at"),
        text(r, "code"),
        text(r, "message"),
        r.get("ordinal", Integer.class));
  }

  private org.jooq.Result<Record> rows(String sql) {
    return dsl.fetch(sql);
  }

  private static UUID id(Record r, String column) {
    return r.get(column, UUID.class);
  }

  private static String text(Record r, String column) {
    return r.get(column, String.class);
  }

  private static Instant at(Record r, String column) {
    return r.get(column, Instant.class);
  }

  static EvidenceReader over(java.sql.Connection connection) {
    return new EvidenceReader(DSL.using(connection, org.jooq.SQLDialect.POSTGRES));
  }
}
