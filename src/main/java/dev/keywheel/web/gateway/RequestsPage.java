package dev.keywheel.web.gateway;

import dev.keywheel.gateway.ledger.GatewayRequestCounts;
import dev.keywheel.gateway.ledger.GatewayRequestFilter;
import dev.keywheel.gateway.ledger.GatewayRequestRow;
import dev.keywheel.gateway.ledger.GatewayRequestState;
import dev.keywheel.gateway.token.TokenDetail;
import dev.keywheel.web.page.Choice;
import dev.keywheel.web.page.Htmx;
import dev.keywheel.web.page.NumberFormats;
import dev.keywheel.web.page.Url;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A page of the list of requests, the newest first.
 *
 * @param counts the counts of the last 24 hours
 * @param before the id of the last request of the previous page; null for the first page
 * @param more whether older requests match
 */
public record RequestsPage(
    BaseUrl base,
    Query query,
    GatewayRequestCounts counts,
    List<RequestLine> lines,
    List<TokenDetail> tokens,
    @Nullable UUID before,
    boolean more) {
  static final int SIZE = 50;

  /** The filter of the list, as in the address. */
  public record Query(@Nullable GatewayRequestState state, @Nullable UUID token, String model) {

    GatewayRequestFilter filter() {
      return new GatewayRequestFilter(
          state == null ? Set.of() : EnumSet.of(state),
          token,
          model.isEmpty() ? null : model,
          null,
          null);
    }

    Url at(String path, @Nullable GatewayRequestState which) {
      return Url.of(path)
          .with("state", which == null ? null : which.code())
          .with("token", token)
          .with("model", model);
    }

    boolean narrowed() {
      return state != null || token != null || !model.isEmpty();
    }
  }

  static RequestsPage of(
      BaseUrl base,
      Query query,
      GatewayRequestCounts counts,
      List<GatewayRequestRow> rows,
      List<TokenDetail> tokens,
      @Nullable UUID before,
      Instant now) {
    return new RequestsPage(
        base,
        query,
        counts,
        rows.stream().limit(SIZE).map(row -> new RequestLine(row, now)).toList(),
        tokens,
        before,
        rows.size() > SIZE);
  }

  public List<Choice> choices() {
    var choices = new ArrayList<Choice>();
    choices.add(
        new Choice("All", query.at("/gateway/requests", null).toString(), query.state() == null));
    Arrays.stream(GatewayRequestState.values())
        .map(
            state ->
                new Choice(
                    RequestLine.word(state),
                    query.at("/gateway/requests", state).toString(),
                    state == query.state()))
        .forEach(choices::add);
    return choices;
  }

  /** Whether the page is polled: only the first page changes when requests arrive. */
  public boolean live() {
    return before == null;
  }

  public String livePath() {
    return query.at("/gateway/requests/live", query.state()).toString();
  }

  public @Nullable String first() {
    return before == null ? null : query.at("/gateway/requests", query.state()).toString();
  }

  public @Nullable String older() {
    return more
        ? query
            .at("/gateway/requests", query.state())
            .with("before", lines.getLast().row().id())
            .toString()
        : null;
  }

  public boolean narrowed() {
    return query.narrowed() || before != null;
  }

  /** {@code 2 in flight. 1,204 requests ended in the last 24 hours: 1,190 answered, 14 refused.} */
  public String summary() {
    var parts = new ArrayList<String>();
    add(parts, counts.ok(), RequestLine.word(GatewayRequestState.OK));
    add(parts, counts.refused(), RequestLine.word(GatewayRequestState.REFUSED));
    add(parts, counts.failed(), RequestLine.word(GatewayRequestState.FAILED));
    add(parts, counts.unknown(), RequestLine.word(GatewayRequestState.UNKNOWN));
    add(parts, counts.clientGone(), RequestLine.word(GatewayRequestState.CLIENT_GONE));
    add(parts, counts.aborted(), RequestLine.word(GatewayRequestState.ABORTED));
    return NumberFormats.grouped(counts.inFlight())
        + " in flight. "
        + (counts.capped() ? "More than " : "")
        + NumberFormats.counted(counts.total(), "request")
        + " ended in the last 24 hours"
        + (parts.isEmpty() ? "." : ": " + String.join(", ", parts) + ".");
  }

  private static void add(List<String> parts, int count, String word) {
    if (count > 0) {
      parts.add(NumberFormats.grouped(count) + " " + word.toLowerCase(Locale.ROOT));
    }
  }

  /** A version that changes with the list, and every second while a request is in flight. */
  String version(Instant now) {
    boolean running = lines.stream().anyMatch(line -> line.row().inFlight());
    return Htmx.version(
        List.of(
            lines.stream().map(RequestLine::row).toList(),
            counts,
            running ? now.getEpochSecond() : 0));
  }
}
