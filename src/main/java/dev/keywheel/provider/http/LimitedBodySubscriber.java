package dev.keywheel.provider.http;

import dev.keywheel.provider.http.Observation.End;
import dev.keywheel.provider.http.Observation.Reply;
import java.io.ByteArrayOutputStream;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.ResponseInfo;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow.Subscription;
import org.jspecify.annotations.Nullable;

/**
 * Receives a response up to a maximum size. The part received so far is always available: status
 * and headers are useful even when the body never ends.
 */
final class LimitedBodySubscriber implements BodyHandler<End>, BodySubscriber<End> {
  private final int limit;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final CompletableFuture<End> end = new CompletableFuture<>();
  private volatile @Nullable ResponseInfo info;
  private volatile @Nullable Subscription subscription;

  LimitedBodySubscriber(int limit) {
    this.limit = limit;
  }

  /** The part of the answer received so far; empty before the headers arrive. */
  Optional<Observation> soFar(End how) {
    ResponseInfo head = info;
    return head == null
        ? Optional.empty()
        : Optional.of(new Reply(head.statusCode(), headers(head), bytes(), how));
  }

  /** Stops reading and closes the connection, because the rest of the answer is not needed. */
  void stop() {
    Subscription running = subscription;
    if (running != null) {
      running.cancel();
    }
  }

  @Override
  public BodySubscriber<End> apply(ResponseInfo responseInfo) {
    info = responseInfo;
    return this;
  }

  @Override
  public void onSubscribe(Subscription starting) {
    subscription = starting;
    starting.request(1);
  }

  @Override
  public void onNext(List<ByteBuffer> parts) {
    for (ByteBuffer part : parts) {
      if (!append(part)) {
        stop();
        end.complete(End.TOO_BIG);
        return;
      }
    }
    Subscription running = subscription;
    if (running != null) {
      running.request(1);
    }
  }

  /** Appends a part; false when the limit cuts it off. */
  private synchronized boolean append(ByteBuffer part) {
    int room = limit - bytes.size();
    var piece = new byte[Math.min(room, part.remaining())];
    part.get(piece);
    bytes.writeBytes(piece);
    return !part.hasRemaining();
  }

  private synchronized byte[] bytes() {
    return bytes.toByteArray();
  }

  @Override
  public void onError(Throwable broken) {
    end.completeExceptionally(broken);
  }

  @Override
  public void onComplete() {
    end.complete(End.WHOLE);
  }

  @Override
  public CompletionStage<End> getBody() {
    return end;
  }

  static Map<String, String> headers(ResponseInfo head) {
    var joined = new TreeMap<String, String>();
    head.headers()
        .map()
        .forEach(
            (name, values) -> joined.put(name.toLowerCase(Locale.ROOT), String.join(", ", values)));
    return joined;
  }
}
