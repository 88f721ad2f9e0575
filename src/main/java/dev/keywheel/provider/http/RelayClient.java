package dev.keywheel.provider.http;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.ByteBuffer;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;

/**
 * Passes requests of clients on to a provider, with a key of the pool as their credential, and
 * gives the answer back piece by piece. HTTP/1.1 and no redirects, for the reasons of {@link
 * HttpTransport}.
 */
public final class RelayClient implements AutoCloseable {
  private static final int PIECE = 16 << 10;

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpClient client;

  /**
   * @param connect a host that does not take a connection for so long is not going to
   */
  public RelayClient(Duration connect) {
    this(connect, trustOfTheJdk());
  }

  RelayClient(Duration connect, SSLContext tls) {
    this.client =
        HttpClient.newBuilder()
            .version(Version.HTTP_1_1)
            .followRedirects(Redirect.NEVER)
            .connectTimeout(connect)
            .sslContext(tls)
            .executor(threads)
            .build();
  }

  private static SSLContext trustOfTheJdk() {
    try {
      return SSLContext.getDefault();
    } catch (NoSuchAlgorithmException withoutTls) {
      throw new IllegalStateException("this Java has no TLS", withoutTls);
    }
  }

  /**
   * Sends the body as it is; returns at once.
   *
   * @param headers without the credential
   * @param body parts that follow one another, unchanged until the exchange is over
   */
  public UpstreamExchange send(
      URI address, Map<String, String> headers, List<ByteBuffer> body, BearerCredential key) {
    var request = HttpRequest.newBuilder(address).POST(publisher(body));
    headers.forEach(request::header);
    request.header("Authorization", key.value());
    var exchange = new UpstreamExchange();
    exchange.begin(client.sendAsync(request.build(), exchange));
    return exchange;
  }

  /** A large body is copied while it is sent: the JDK's publisher of an array copies it whole. */
  private static BodyPublisher publisher(List<ByteBuffer> body) {
    long length = body.stream().mapToLong(ByteBuffer::remaining).sum();
    if (length > PIECE) {
      return BodyPublishers.fromPublisher(
          BodyPublishers.ofByteArrays(() -> new Pieces(body)), length);
    }
    ByteBuffer whole = ByteBuffer.allocate((int) length);
    body.forEach(part -> whole.put(part.duplicate()));
    return BodyPublishers.ofByteArray(whole.array());
  }

  private static final class Pieces implements Iterator<byte[]> {
    private final Iterator<ByteBuffer> parts;
    private ByteBuffer part = ByteBuffer.allocate(0);

    Pieces(List<ByteBuffer> body) {
      this.parts = body.iterator();
    }

    @Override
    public boolean hasNext() {
      while (!part.hasRemaining() && parts.hasNext()) {
        part = parts.next().duplicate();
      }
      return part.hasRemaining();
    }

    @Override
    public byte[] next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      var piece = new byte[Math.min(PIECE, part.remaining())];
      part.get(piece);
      return piece;
    }
  }

  /** Ends the exchanges that still run. */
  @Override
  public void close() {
    client.shutdownNow();
    threads.shutdownNow();
  }
}
