package dev.keywheel.provider.http;

import dev.keywheel.provider.http.Observation.End;
import dev.keywheel.provider.http.Observation.Failed;
import dev.keywheel.provider.http.Observation.Reply;
import dev.keywheel.provider.http.Observation.TransportError;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;

/**
 * Sends a request and returns what was received, within a deadline that covers everything up to the
 * last byte of the body (the JDK's own timeout ends with the headers).
 *
 * <p>Uses HTTP/1.1 deliberately: cancelling a call closes only its own connection, and the server's
 * limit on streams per connection does not limit the number of concurrent calls. Redirects are
 * never followed, since they would carry the key elsewhere.
 */
public final class HttpTransport implements AutoCloseable {
  /** Time limit for connecting, after which the host counts as unreachable. */
  private static final Duration CONNECT = Duration.ofSeconds(10);

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpClient client;

  /**
   * @param tls determines which server certificates are trusted
   */
  public HttpTransport(SSLContext tls) {
    this.client =
        HttpClient.newBuilder()
            .version(Version.HTTP_1_1)
            .followRedirects(Redirect.NEVER)
            .connectTimeout(CONNECT)
            .sslContext(tls)
            .executor(threads)
            .build();
  }

  public static SSLContext defaultTls() {
    try {
      return SSLContext.getDefault();
    } catch (NoSuchAlgorithmException withoutTls) {
      throw new IllegalStateException("this Java has no TLS", withoutTls);
    }
  }

  /**
   * @param limit maximum size of the body in bytes, before and after decompression
   */
  public Observation send(HttpRequest request, int limit, Duration deadline) {
    Observation seen = exchange(request, limit, deadline);
    return seen instanceof Reply reply && Gunzip.isPacked(reply.headers())
        ? Gunzip.unpacked(reply, limit)
        : seen;
  }

  private Observation exchange(HttpRequest request, int limit, Duration deadline) {
    var body = new LimitedBodySubscriber(limit);
    CompletableFuture<?> running = client.sendAsync(request, body);
    try {
      running.get(Math.max(1, deadline.toMillis()), TimeUnit.MILLISECONDS);
      return body.soFar(body.getBody().toCompletableFuture().join()).orElseThrow();
    } catch (ExecutionException broken) {
      return body.soFar(End.CUT).orElseGet(() -> new Failed(TransportErrors.of(broken)));
    } catch (TimeoutException late) {
      giveUp(running, body);
      return body.soFar(End.LATE).orElseGet(() -> new Failed(TransportError.TIMEOUT));
    } catch (InterruptedException stopped) {
      giveUp(running, body);
      Thread.currentThread().interrupt();
      return new Failed(TransportError.INTERRUPTED);
    }
  }

  private static void giveUp(CompletableFuture<?> running, LimitedBodySubscriber body) {
    running.cancel(true);
    body.stop();
  }

  /** Cancels the calls in progress. */
  @Override
  public void close() {
    client.shutdownNow();
    threads.shutdownNow();
  }
}
