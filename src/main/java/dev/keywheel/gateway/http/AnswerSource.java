package dev.keywheel.gateway.http;

import dev.keywheel.provider.socket.UpstreamExchange;
import dev.keywheel.provider.socket.UpstreamExchange.Signal;
import dev.keywheel.time.Deadline;
import dev.keywheel.time.Stopwatch;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Reads a provider's answer to one call as it arrives. While the call waits for the provider or for
 * memory, the connection of a client that wants a stream is kept alive.
 */
public final class AnswerSource implements AutoCloseable {
  /** Maximum time that an answer waits for other large answers to free memory. */
  private static final Duration MAX_WAIT = Duration.ofSeconds(60);

  /** Interval at which a wait for memory checks whether a keep-alive comment is due. */
  private static final Duration CHECK_INTERVAL = Duration.ofMillis(500);

  private final UpstreamExchange exchange;
  private final ClientChannel client;
  private final Cancellation cancellation;
  private final GatewayTimeouts timeouts;
  private final boolean streamed;
  private final Supplier<Map<String, String>> headers;
  private final BufferedBytes.Share buffered;
  private final Stopwatch sinceSent = new Stopwatch();
  private Duration waited = Duration.ZERO;
  private boolean complete;

  /**
   * @param streamed whether the client wants a stream
   * @param headers returns the headers to send with the first keep-alive comment
   * @param buffered counts the bytes of a large event, and of an answer that is neither a stream
   *     nor an error
   */
  public AnswerSource(
      UpstreamExchange exchange,
      ClientChannel client,
      Cancellation cancellation,
      GatewayTimeouts timeouts,
      boolean streamed,
      Supplier<Map<String, String>> headers,
      BufferedBytes.Share buffered) {
    this.exchange = exchange;
    this.client = client;
    this.cancellation = cancellation;
    this.timeouts = timeouts;
    this.streamed = streamed;
    this.headers = headers;
    this.buffered = buffered;
  }

  /**
   * Waits for the next signal of the provider; {@link UpstreamExchange.Nothing} at the timeout.
   *
   * @param sendComments whether to send keep-alive comments to the client while waiting
   * @param left returns the remaining time; the total timeout of the request applies too
   */
  public Signal next(boolean sendComments, Supplier<Duration> left)
      throws InterruptedException, ClientLost {
    try {
      return await(sendComments, left);
    } finally {
      waited = sinceSent.elapsed();
    }
  }

  private Signal await(boolean sendComments, Supplier<Duration> left)
      throws InterruptedException, ClientLost {
    while (true) {
      if (sendComments) {
        client.keepAliveIfDue(headers);
      }
      Duration until =
          Collections.min(List.of(left.get(), timeouts.total().minus(client.elapsed())));
      if (!until.isPositive()) {
        return new UpstreamExchange.Nothing();
      }
      if (!sendComments) {
        return exchange.nextOrEnd(until);
      }
      Signal signal = exchange.next(Collections.min(List.of(until, client.untilKeepAlive())));
      if (!(signal instanceof UpstreamExchange.Nothing)) {
        return signal;
      }
    }
  }

  /**
   * Sets the number of bytes of the answer in memory. Waits up to 60 s for other answers to free
   * memory; the provider is not read during that time.
   *
   * @throws RefusedRequest if there is not enough memory
   */
  public void hold(long bytes, boolean sendComments) throws InterruptedException, ClientLost {
    var deadline = new Deadline(MAX_WAIT);
    while (!cancellation.isOver() && !buffered.awaitRoom(bytes, CHECK_INTERVAL)) {
      if (deadline.passed()) {
        throw buffered.refused();
      }
      if (sendComments) {
        client.keepAliveIfDue(headers);
      }
    }
  }

  /** Lets other answers take memory while this answer is sent to its client. */
  public void passTurn() {
    buffered.passTurn();
  }

  /** Marks the provider's answer as complete, so that its connection can be reused. */
  public void complete() {
    complete = true;
  }

  /** The time from sending the call to the end of the last wait for the provider. */
  public Duration waited() {
    return waited;
  }

  /** The time left for the first event of a stream, or the first byte of any other answer. */
  public Duration timeLeftForFirst() {
    return (streamed ? timeouts.firstEvent() : timeouts.firstByte()).minus(sinceSent.elapsed());
  }

  /** Whether the client wants a stream. */
  public boolean streamed() {
    return streamed;
  }

  public GatewayTimeouts timeouts() {
    return timeouts;
  }

  public Cancellation cancellation() {
    return cancellation;
  }

  @Override
  public void close() {
    buffered.close();
    if (!complete) {
      exchange.close();
    }
  }
}
