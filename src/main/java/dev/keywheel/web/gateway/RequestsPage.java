package dev.keywheel.web.gateway;

import dev.keywheel.db.StoredEnum;
import dev.keywheel.gateway.ledger.GatewayRequestCounts;
import dev.keywheel.gateway.ledger.GatewayRequestFilter;
import dev.keywheel.gateway.ledger.GatewayRequestState;
import dev.keywheel.gateway.token.TokenDetail;
import dev.keywheel.web.page.Choice;
import dev.keywheel.web.page.Htmx;
import dev.keywheel.web.page.NumberFormats;
import dev.keywheel.web.page.Url;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A page of the list of requests, newest first.
 *
 * @param counts the counts of the last 24 hours
 * @param tokens the tokens to choose from: those used last, and the chosen one
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

  /** Maximum number of tokens to choose from. */
  static final int MAX_TOKENS = 300;

  /** The filter for answers without content. */
  static final String EMPTY = "empty";

  /**
   * The filter of the list, as in the address.
   *
   * @param outcome the code of a state, {@link #EMPTY} or null for all requests
   */
  public record Query(@Nullable String outcome, @Nullable UUID token, String model) {

    GatewayRequestFilter filter() {
      return new GatewayRequestFilter(
          StoredEnum.find(GatewayRequestState.class, outcome).orElse(null),
          EMPTY.equals(outcome)
              ? Boolean.TRUE
              : GatewayRequestState.OK.code().equals(outcome) ? Boolean.FALSE : null,
          token,
          model.isEmpty() ? null : model);
    }

    public Query {
      boolean known =
          EMPTY.equals(outcome) || StoredEnum.find(GatewayRequestState.class, outcome).isPresent();
      outcome = known ? outcome : null;
    }

    Url at(String path, @Nullable String which) {
      return Url.of(path).with("state", which).with("token", token).with("model", model);
    }

    boolean narrowed() {
      return outcome != null || token != null || !model.isEmpty();
    }
  }

  static RequestsPage of(
      BaseUrl base,
      Query query,
      GatewayRequestCounts counts,
      List<RequestLine> lines,
      List<TokenDetail> tokens,
      @Nullable UUID before) {
    return new RequestsPage(
        base,
        query,
        counts,
        lines.stream().limit(SIZE).toList(),
        tokens,
        before,
        lines.size() > SIZE);
  }

  public List<Choice> choices() {
    var choices = new ArrayList<Choice>();
    choices.add(
        new Choice("All", query.at("/gateway/requests", null).toString(), query.outcome() == null));
    for (var state : GatewayRequestState.values()) {
      choices.add(choice(state.label(), state.code()));
      if (state == GatewayRequestState.OK) {
        choices.add(choice(RequestLine.EMPTY, EMPTY));
      }
    }
    return choices;
  }

  private Choice choice(String label, String outcome) {
    return new Choice(
        label, query.at("/gateway/requests", outcome).toString(), outcome.equals(query.outcome()));
  }

  /** Whether the page is polled: only the first page changes when requests arrive. */
  public boolean live() {
    return before == null;
  }

  public String livePath() {
    return query.at("/gateway/requests/live", query.outcome()).toString();
  }

  public @Nullable String first() {
    return before == null ? null : query.at("/gateway/requests", query.outcome()).toString();
  }

  public @Nullable String older() {
    return more
        ? query
            .at("/gateway/requests", query.outcome())
            .with("before", lines.getLast().row().id())
            .toString()
        : null;
  }

  public boolean narrowed() {
    return query.narrowed() || before != null;
  }

  /** {@code 2 in flight. 1,204 requests ended in the last 24 hours: 1,190 answered, 14 refused.} */
  public String summary() {
    return NumberFormats.grouped(counts.inFlight())
        + " in flight. "
        + (counts.capped() ? "More than " : "")
        + NumberFormats.counted(counts.total(), "request")
        + " ended in the last 24 hours"
        + (counts.total() == 0 ? "." : ": " + NumberFormats.listed(counts.byOutcome()) + ".");
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
