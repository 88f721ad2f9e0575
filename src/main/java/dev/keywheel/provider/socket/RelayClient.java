package dev.keywheel.provider.socket;

import dev.keywheel.provider.http.BearerCredential;
import dev.keywheel.provider.http.HttpTransport;
import dev.keywheel.time.TimeLimits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Relays requests of clients to a provider, with a key of the pool as their credential, and returns
 * the answer piece by piece. Each exchange blocks the virtual thread of its request, at a third of
 * the cost of the JDK's HTTP client, which runs several tasks on several threads per exchange. Uses
 * HTTP/1.1 and follows no redirects, like {@link dev.keywheel.provider.http.HttpTransport}.
 */
public final class RelayClient implements AutoCloseable {
  private final Duration connect;
  private final SSLContext tls;
  private final Supplier<@Nullable ProxySelector> proxies;
  private final DnsCache.Resolver resolver;
  private final Map<String, DnsCache> hosts = new ConcurrentHashMap<>();
  private final IdleConnections idle = new IdleConnections();
  private final TimeLimits limits = new TimeLimits();
  private final Set<UpstreamExchange> running = ConcurrentHashMap.newKeySet();

  /**
   * @param connect time limit for connecting, after which the host counts as unreachable
   */
  public RelayClient(Duration connect) {
    this(connect, HttpTransport.defaultTls(), ProxySelector::getDefault);
  }

  RelayClient(Duration connect, SSLContext tls, Supplier<@Nullable ProxySelector> proxies) {
    this(connect, tls, proxies, InetAddress::getAllByName);
  }

  RelayClient(
      Duration connect,
      SSLContext tls,
      Supplier<@Nullable ProxySelector> proxies,
      DnsCache.Resolver resolver) {
    this.resolver = resolver;
    this.connect = connect;
    this.tls = tls;
    this.proxies = proxies;
  }

  /**
   * Prepares a POST with an unchanged body; it is sent when the caller takes the first signal.
   *
   * @param headers without the credential, names in lower case
   * @param body consecutive parts, which must not change until the exchange is over
   */
  public UpstreamExchange prepare(
      URI address, Map<String, String> headers, List<ByteBuffer> body, BearerCredential key) {
    return exchange(new OutgoingRequest("POST", address, headers, body, key, connect));
  }

  UpstreamExchange get(
      URI address, Map<String, String> headers, BearerCredential key, Duration connect) {
    return exchange(new OutgoingRequest("GET", address, headers, List.of(), key, connect));
  }

  private UpstreamExchange exchange(OutgoingRequest request) {
    var exchange = new UpstreamExchange(this, request);
    running.add(exchange);
    return exchange;
  }

  TimeLimits limits() {
    return limits;
  }

  /** An idle connection that the request can use, if there is one. */
  Optional<ProviderConnection> idle(OutgoingRequest request) {
    return request.sharesConnection() ? idle.take(Origin.of(request.address())) : Optional.empty();
  }

  /** Closes the idle connections to this server, after one of them broke before its answer. */
  void dropIdle(OutgoingRequest request) {
    idle.drop(Origin.of(request.address()));
  }

  void open(ProviderConnection fresh, OutgoingRequest request) throws IOException {
    Optional<InetSocketAddress> proxy = Origin.proxy(proxies.get(), request.address());
    String next = proxy.map(InetSocketAddress::getHostString).orElse(fresh.origin().host());
    DnsCache host = hosts.computeIfAbsent(next, name -> new DnsCache(name, resolver));
    fresh.open(host, proxy, tls, request.connectTimeout());
  }

  /**
   * @param openFor how long the server keeps the idle connection open
   */
  void keep(ProviderConnection connection, Duration openFor) {
    idle.keep(connection, openFor);
  }

  void remove(UpstreamExchange exchange) {
    running.remove(exchange);
  }

  /** Aborts the exchanges in progress and closes the idle connections. */
  @Override
  public void close() {
    running.forEach(UpstreamExchange::abort);
    idle.close();
  }
}
