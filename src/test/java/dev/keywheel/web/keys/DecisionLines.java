package dev.keywheel.web.keys;

import dev.keywheel.support.ScriptedUpstream;
import dev.keywheel.support.ScriptedUpstream.Reply;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Stream;

/** The lines of the decision table, each with an answer that a provider has sent. */
final class DecisionLines {
  static final String FREE = "test/model:free";
  static final String PAID = "test/model";
  static final String GOOD = "No known problems.";

  private DecisionLines() {}

  /** A line of the table: the provider's answer, and the resulting text of the page. */
  record Line(
      String row, String model, Reply answer, Reply check, String status, String why, When until) {
    @Override
    public String toString() {
      return row;
    }

    /** Whether the key check decides the status, so that the page shows the result of the check. */
    boolean decidedByCheck() {
      return row.startsWith("R2 ") || row.startsWith("R13 ");
    }
  }

  /** When the key is checked again, counted from now; null if no time is known. */
  interface When {
    Instant from(Instant now);
  }

  /** All lines. {@code GOOD} is the page's text for a key without a problem. */
  static Stream<Line> all() {
    return Stream.of(aboutTheKey(), limits(), notAboutTheKey()).flatMap(List::stream);
  }

  private static List<Line> aboutTheKey() {
    var refused = error(401, "User not found.");
    var good = ScriptedUpstream.works();
    return List.of(
        line("R1 usable answer", FREE, ScriptedUpstream.ok(), "Active", GOOD),
        new Line("R2 key refused", FREE, refused, refused, "Failed", "Rejected (401)", null),
        new Line(
            "R2 a good key refused",
            FREE,
            refused,
            good,
            "Active",
            "Refused, but the key passes",
            null),
        new Line(
            "R13 bare 403",
            FREE,
            error(403, "Forbidden"),
            good,
            "Active",
            "Refused, but the key passes",
            null),
        new Line(
            "R13 bare 403 of a bad key",
            FREE,
            error(403, "Forbidden"),
            refused,
            "Failed",
            "Rejected",
            null));
  }

  private static List<Line> limits() {
    var reset = Instant.now().plus(Duration.ofHours(30)).truncatedTo(ChronoUnit.SECONDS);
    When atReset = now -> reset;
    When midnight =
        now -> now.atOffset(ZoneOffset.UTC).truncatedTo(ChronoUnit.DAYS).plusDays(1).toInstant();
    var daily =
        "Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 free model requests per day";
    return List.of(
        limit(
            "R4 in-flight budget",
            PAID,
            error(
                402,
                "Too many",
                "{\"limit_source\":\"openrouter_in_flight_budget\"}",
                "Retry-After",
                "70"),
            "Active",
            "Too many requests at the same time",
            now -> now.plusSeconds(70)),
        limit(
            "R6 out of credit",
            PAID,
            error(402, "Insufficient credits"),
            "Active",
            "The account is out of credit",
            now -> now.plusSeconds(3600)),
        limit(
            "R6 in debt",
            FREE,
            error(402, "Insufficient credits"),
            "Rate limited",
            "The account is out of credit",
            now -> now.plusSeconds(3600)),
        limit(
            "R7 key limit, 403",
            FREE,
            error(403, "Key limit exceeded (daily limit). Manage it using …"),
            "Rate limited",
            "The key's own spending cap is used up",
            midnight),
        limit(
            "R7 key limit, 402",
            FREE,
            error(
                402,
                "No.",
                "{\"limit_source\":\"openrouter_key_limit\",\"resets_at\":\"" + reset + "\"}"),
            "Rate limited",
            "The key's own spending cap is used up",
            atReset),
        limit(
            "R8 budget",
            FREE,
            error(
                403,
                "Workspace budget exceeded",
                "{\"limit_source\":\"openrouter_workspace_budget\",\"resets_at\":\""
                    + reset
                    + "\"}"),
            "Rate limited",
            "A budget that includes this key is used up",
            atReset),
        limit(
            "R15 free daily, in milliseconds",
            FREE,
            error(
                429,
                daily,
                "{\"headers\":{\"X-RateLimit-Reset\":\"" + reset.toEpochMilli() + "\"}}"),
            "Rate limited",
            "free requests are used up",
            atReset),
        limit(
            "R15 free daily, in seconds",
            FREE,
            error(429, daily, "{}", "X-RateLimit-Reset", "" + reset.getEpochSecond()),
            "Rate limited",
            "free requests are used up",
            atReset),
        limit(
            "R15 free daily, without a time",
            FREE,
            error(429, "No.", "{\"limit_source\":\"openrouter_free_tier_daily\"}"),
            "Rate limited",
            "free requests are used up",
            midnight),
        limit(
            "R16 free minute",
            FREE,
            error(429, "Rate limit exceeded: free-models-per-min.", "{}", "Retry-After", "40"),
            "Rate limited",
            "Too many free requests in this minute",
            now -> now.plusSeconds(40)),
        limit(
            "R18 bare 429",
            FREE,
            error(429, "Too many requests", "{}", "Retry-After", "90"),
            "Rate limited",
            "Too many requests",
            now -> now.plusSeconds(90)),
        limit(
            "R23 error inside 200",
            FREE,
            new Reply(
                200,
                error(
                        429,
                        daily,
                        "{\"headers\":{\"X-RateLimit-Reset\":\"" + reset.toEpochMilli() + "\"}}")
                    .body()),
            "Rate limited",
            "free requests are used up",
            atReset),
        limit(
            "R27 choice error",
            FREE,
            new Reply(
                200,
                "{\"choices\":[{\"finish_reason\":\"error\",\"message\":{\"content\":\"par\"},\"error\":"
                    + inner(402, "Insufficient credits", "{}")
                    + "}]}"),
            "Rate limited",
            "The account is out of credit",
            now -> now.plusSeconds(3600)),
        limit(
            "R28 error in a stream",
            FREE,
            ScriptedUpstream.stream(
                "{\"choices\":[{\"delta\":{\"content\":\"par\"}}]}",
                "{\"error\":" + inner(402, "Insufficient credits", "{}") + ",\"choices\":[]}"),
            "Rate limited",
            "The account is out of credit",
            now -> now.plusSeconds(3600)));
  }

  private static List<Line> notAboutTheKey() {
    var names = "{\"provider_name\":\"Acme\",\"raw\":\"invalid x-api-key\"}";
    return Stream.of(
            line("R3", FREE, error(401, "Provider returned error", names)),
            line(
                "R9",
                PAID,
                error(
                    402,
                    "Provider returned error",
                    "{\"provider_name\":\"Acme\",\"raw\":\"Insufficient Balance\"}")),
            line("R10", FREE, ScriptedUpstream.moderation()),
            line("R11", FREE, error(403, "x:free is only available on agentic harnesses")),
            line("R12", FREE, error(403, "Only management keys can perform this operation")),
            line("R14 no endpoint", FREE, error(404, "No endpoints found for x.")),
            line("R14 too long", FREE, error(413, "Request payload too large")),
            line(
                "R14 invalid",
                FREE,
                new Reply(
                    400,
                    "{\"success\":false,\"error\":{\"name\":\"ZodError\",\"message\":\"[…]\"}}")),
            line("R17", FREE, ScriptedUpstream.upstream429()),
            line("R20", FREE, ScriptedUpstream.server502()),
            line("R21", FREE, ScriptedUpstream.gone()),
            line("R24 empty", FREE, ScriptedUpstream.empty()),
            line("R24 no choices", FREE, new Reply(200, "{\"choices\":[]}")),
            line(
                "R26",
                FREE,
                new Reply(
                    200, ScriptedUpstream.ok().body().replace("\"stop\"", "\"content_filter\""))),
            line(
                "R25",
                FREE,
                new Reply(
                    200,
                    ScriptedUpstream.cut()
                        .body()
                        .replace("\"Here it is.\"", "\"\",\"reasoning\":\"Let me think\""))),
            line(
                "R28",
                FREE,
                ScriptedUpstream.stream(
                    "{\"choices\":[{\"delta\":{\"content\":\"par\"}}]}",
                    "{\"error\":"
                        + inner(502, "Provider disconnected", "{}")
                        + ",\"choices\":[]}")),
            line(
                "R29",
                FREE,
                ScriptedUpstream.stream("{\"choices\":[{\"delta\":{\"content\":\"par\"}}]}")),
            line("R31", FREE, ScriptedUpstream.html()),
            line("R32", FREE, new Reply(200, "{\"choices\":[{\"mess")),
            line("R34", FREE, error(418, "I'm a teapot")))
        .toList();
  }

  private static Line line(String row, String model, Reply answer, String status, String why) {
    return new Line(row, model, answer, ScriptedUpstream.works(), status, why, null);
  }

  private static Line line(String row, String model, Reply answer) {
    return line(row, model, answer, "Active", GOOD);
  }

  private static Line limit(
      String row, String model, Reply answer, String status, String why, When until) {
    return new Line(row, model, answer, ScriptedUpstream.works(), status, why, until);
  }

  private static Reply error(int status, String message) {
    return error(status, message, "{}");
  }

  private static Reply error(int status, String message, String metadata, String... headers) {
    return new Reply(status, "{\"error\":" + inner(status, message, metadata) + "}", headers);
  }

  private static String inner(int status, String message, String metadata) {
    return "{\"code\":%d,\"message\":\"%s\",\"metadata\":%s}".formatted(status, message, metadata);
  }
}
