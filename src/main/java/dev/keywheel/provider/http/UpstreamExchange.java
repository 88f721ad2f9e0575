package dev.keywheel.provider.http;

import dev.keywheel.provider.http.Observation.TransportError;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.ResponseInfo;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow.Subscription;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A request to a provider whose answer is taken piece by piece, by one thread. Nothing more is read
 * from the network before the last piece was used, so that a slow client slows the provider down.
 * Any thread may abort it, which closes its connection.
 */
public final class UpstreamExchange implements BodyHandler<Void>, BodySubscriber<Void> {
  private final BlockingQueue<Signal> signals = new LinkedBlockingQueue<>();
  private final CompletableFuture<Void> body = CompletableFuture.completedFuture(null);
  private volatile @Nullable CompletableFuture<HttpResponse<Void>> running;
  private volatile @Nullable Subscription subscription;
  private volatile boolean aborted;
  private boolean wantsMore;

  UpstreamExchange() {}

  /** The next event of the exchange. */
  public sealed interface Signal {}

  /**
   * @param headers names in lower case
   */
  public record Head(int status, Map<String, String> headers) implements Signal {}

  /** A piece of the body. */
  public record Bytes(List<ByteBuffer> parts) implements Signal {}

  /** The body is complete. */
  public record End() implements Signal {}

  /** The answer did not come, or broke off. */
  public record Failed(TransportError error) implements Signal {}

  /** Another thread ended it. */
  public record Aborted() implements Signal {}

  /** Nothing arrived within the given time. */
  public record Nothing() implements Signal {}

  void begin(CompletableFuture<HttpResponse<Void>> sent) {
    running = sent;
    var unused =
        sent.whenComplete(
            (_, failure) -> {
              if (failure != null) {
                signals.add(new Failed(TransportErrors.of(failure)));
              }
            });
    if (aborted) {
      sent.cancel(true);
    }
  }

  /** Waits for the next signal. */
  public Signal next(Duration atMost) throws InterruptedException {
    if (aborted) {
      return new Aborted();
    }
    Subscription source = subscription;
    if (wantsMore && source != null) {
      wantsMore = false;
      source.request(1);
    }
    Signal next = signals.poll(Math.max(0, atMost.toNanos()), TimeUnit.NANOSECONDS);
    wantsMore |= next instanceof Bytes;
    return aborted ? new Aborted() : next == null ? new Nothing() : next;
  }

  /** Closes the connection and wakes the waiting thread. */
  public void abort() {
    aborted = true;
    signals.add(new Aborted());
    CompletableFuture<HttpResponse<Void>> sent = running;
    if (sent != null) {
      sent.cancel(true);
    }
    Subscription source = subscription;
    if (source != null) {
      source.cancel();
    }
  }

  @Override
  public BodySubscriber<Void> apply(ResponseInfo head) {
    signals.add(new Head(head.statusCode(), LimitedBodySubscriber.headers(head)));
    return this;
  }

  @Override
  public void onSubscribe(Subscription starting) {
    subscription = starting;
    if (aborted) {
      starting.cancel();
    } else {
      starting.request(1);
    }
  }

  @Override
  public void onNext(List<ByteBuffer> parts) {
    signals.add(new Bytes(parts));
  }

  @Override
  public void onError(Throwable broken) {
    signals.add(new Failed(TransportErrors.of(broken)));
  }

  @Override
  public void onComplete() {
    signals.add(new End());
  }

  @Override
  public CompletionStage<Void> getBody() {
    return body;
  }
}
