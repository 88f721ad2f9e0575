package dev.keywheel.gateway.call;

import dev.keywheel.db.Ids;
import dev.keywheel.gateway.http.BufferedBytes;
import dev.keywheel.gateway.http.CallOptions;
import dev.keywheel.gateway.http.Cancellation.Reason;
import dev.keywheel.gateway.http.ClientWatch;
import dev.keywheel.gateway.http.GatewayTimeouts;
import dev.keywheel.gateway.http.RequestBodyReader;
import dev.keywheel.gateway.http.UnreadRequest;
import dev.keywheel.gateway.ledger.GatewayLedger;
import dev.keywheel.gateway.model.ModelDirectory;
import dev.keywheel.gateway.seat.AnswerJudge;
import dev.keywheel.gateway.seat.ResponseAccounts;
import dev.keywheel.gateway.seat.Seats;
import dev.keywheel.gateway.token.AccessTokens;
import dev.keywheel.key.pool.KeySecrets;
import dev.keywheel.net.AnonymousSlots;
import dev.keywheel.provider.Providers;
import dev.keywheel.provider.socket.RelayClient;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.Function;
import java.util.function.Predicate;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The gateway of this node. Closing it waits for open requests and then cancels the remaining ones.
 */
public final class Gateway implements AutoCloseable {
  /**
   * Maximum bytes of all buffered answers: complete answers and large events of streams. A complete
   * answer takes twice its size while it is sent.
   */
  public static final long MAX_ANSWER_BYTES = Runtime.getRuntime().maxMemory() / 8;

  /**
   * Allows escaped slashes and percent signs in paths, because ids of models may contain them. The
   * gateway refuses them in all other paths.
   */
  public static final UriCompliance PATH_COMPLIANCE =
      UriCompliance.DEFAULT.with(
          "IDS_OF_MODELS",
          UriCompliance.Violation.AMBIGUOUS_PATH_SEPARATOR,
          UriCompliance.Violation.AMBIGUOUS_PATH_ENCODING);

  private static final Logger log = LoggerFactory.getLogger(Gateway.class);

  /** Maximum bytes of all request bodies in memory. */
  private static final long MAX_REQUEST_BYTES = Runtime.getRuntime().maxMemory() / 5;

  /** Maximum time to tell clients that their requests were cancelled. */
  private static final Duration CANCEL_GRACE = Duration.ofSeconds(2);

  /** Maximum time to store the last outcomes when the gateway is closed. */
  private static final Duration STORE_TIMEOUT = Duration.ofSeconds(5);

  private final GatewayServices services;
  private final OpenRequests open = new OpenRequests();
  private final AnonymousSlots anonymousSlots;
  private final ClientWatch watch = new ClientWatch();
  private final CallIntake calls;
  private final TrialCall trials;
  private final Duration finishWithin;

  /**
   * @param anonymousSlots limits requests without a valid token; shared with the pages
   * @param finishWithin how long open requests may continue after {@link #stop}
   * @param maxAnswerBytes maximum bytes of all buffered answers, usually {@link #MAX_ANSWER_BYTES}
   */
  public Gateway(
      AccessTokens tokens,
      ModelDirectory models,
      Seats seats,
      ResponseAccounts responses,
      AnswerJudge judge,
      GatewayLedger ledger,
      Providers providers,
      KeySecrets secrets,
      Ids ids,
      InstantSource clock,
      GatewayTimeouts timeouts,
      CallOptions options,
      AnonymousSlots anonymousSlots,
      Duration finishWithin,
      long maxAnswerBytes) {
    this.services =
        new GatewayServices(
            tokens,
            models,
            seats,
            new SeatAdmission(seats),
            responses,
            judge,
            ledger,
            providers,
            secrets,
            new RelayClient(timeouts.connect()),
            new BufferedBytes(
                maxAnswerBytes, "The gateway holds too many large answers. Try again in a moment."),
            ids,
            clock,
            timeouts,
            options);
    this.calls =
        new CallIntake(services, open, new RequestBodyReader(MAX_REQUEST_BYTES, timeouts), watch);
    this.trials = new TrialCall(services, open);
    this.finishWithin = finishWithin;
    this.anonymousSlots = anonymousSlots;
  }

  /**
   * Answers requests below {@code /v1} and passes all other requests to the wrapped handler.
   *
   * @param hostAllowed whether this server answers for a value of the header {@code Host}
   * @param clientAddress returns the address of a request's client, also behind a trusted proxy
   */
  public Handler.Wrapper handler(
      Predicate<String> hostAllowed, Function<Request, String> clientAddress) {
    return new GatewayFront(services, open, anonymousSlots, calls, hostAllowed, clientAddress);
  }

  public TrialCall trials() {
    return trials;
  }

  /**
   * Answers a request that the HTTP server refused before any handler got it. Returns false,
   * without an answer, if the request is for a page.
   */
  public boolean answerUnread(Request request, Response response, Callback callback) {
    return UnreadRequest.answer(services.ids().next(), request, response, callback);
  }

  /**
   * Begins a shutdown and returns immediately. New requests are refused, and those that are still
   * open after {@code finishWithin} are cancelled.
   */
  public void stop() {
    if (open.stopping()) {
      return;
    }
    int running = open.stop();
    if (running > 0) {
      log.info("Stopping: finishing {} gateway {}", running, running == 1 ? "request" : "requests");
    }
    Thread.ofVirtual().name("gateway-stop").start(this::cancelLate);
  }

  private void cancelLate() {
    try {
      if (!open.awaitNone(finishWithin)) {
        open.cancelAll(Reason.STOPPING);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Stops the gateway, waits for the open requests and stores the last outcomes. */
  @Override
  public void close() {
    stop();
    try {
      open.awaitNone(finishWithin.plus(CANCEL_GRACE));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    services.relay().close();
    watch.close();
    services.ledger().stop(STORE_TIMEOUT);
  }
}
