package dev.keywheel.provider.openrouter;

import dev.keywheel.provider.ApiProtocol;
import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.Catalogue;
import dev.keywheel.provider.ChatRequest;
import dev.keywheel.provider.CheckOutcome;
import dev.keywheel.provider.FailureKind;
import dev.keywheel.provider.ImageRequest;
import dev.keywheel.provider.ModelInfo;
import dev.keywheel.provider.Provider;
import dev.keywheel.provider.classify.Classifier;
import dev.keywheel.provider.http.BearerCredential;
import dev.keywheel.provider.http.HttpTransport;
import dev.keywheel.provider.http.Observation;
import dev.keywheel.provider.http.Observation.Failed;
import dev.keywheel.provider.http.Observation.TransportError;
import dev.keywheel.provider.http.Observation.Unsendable;
import dev.keywheel.provider.http.RequestContext;
import dev.keywheel.provider.socket.SocketHttpClient;
import dev.keywheel.secret.Secret;
import dev.keywheel.time.Stopwatch;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import javax.net.ssl.SSLContext;

/**
 * A provider that uses OpenRouter's protocol. Several may exist, with different names and
 * addresses.
 */
public final class OpenRouter implements Provider, AutoCloseable {
  /** Maximum bytes of a text answer; the longest completions are far smaller. */
  private static final int TEXT_LIMIT = 2 << 20;

  /** Maximum bytes of an answer with an image in base64. */
  private static final int IMAGE_LIMIT = 12 << 20;

  /** Maximum bytes of a catalogue; several hundred models take 1 to 2 MB. */
  private static final int CATALOGUE_LIMIT = 16 << 20;

  private static final Duration CATALOGUE_DEADLINE = Duration.ofSeconds(15);

  private final String name;
  private final String label;
  private final InstantSource clock;
  private final Requests requests;
  private final HttpTransport httpTransport;
  private final SocketHttpClient keyChecks;
  private final CachedCatalogue catalogue;
  private volatile Runnable tlsFailure = () -> {};
  private final ImageRoutes imageRoutes = new ImageRoutes();

  /**
   * @param base address up to and including the version, for instance {@code
   *     https://openrouter.ai/api/v1}
   * @param appUrl this installation's public address, sent to the provider as the source of calls
   */
  public OpenRouter(String name, String label, URI base, URI appUrl, InstantSource clock) {
    this(name, label, base, appUrl, clock, HttpTransport.defaultTls());
  }

  public OpenRouter(
      String name, String label, URI base, URI appUrl, InstantSource clock, SSLContext tls) {
    this.name = name;
    this.label = label;
    this.clock = clock;
    this.requests = new Requests(base, appUrl);
    this.httpTransport = new HttpTransport(tls);
    this.keyChecks = new SocketHttpClient(requests.keyCheckAddress(), Requests.USER_AGENT, tls);
    this.catalogue =
        new CachedCatalogue(
            this::fetchCatalogue,
            clock,
            fetch -> Thread.ofVirtual().name("provider-catalogue").start(fetch));
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String label() {
    return label;
  }

  @Override
  public CheckOutcome check(Secret key, Duration deadline) {
    var stopwatch = new Stopwatch();
    Observation seen =
        BearerCredential.of(key)
            .map(header -> header.redactor().redact(observed(keyChecks.get(header, deadline))))
            .orElseGet(Unsendable::new);
    return Classifier.check(seen, clock.instant(), (int) stopwatch.elapsed().toMillis());
  }

  @Override
  public CallOutcome chat(Secret key, ChatRequest request) {
    Optional<ModelInfo> modelInfo = catalogue.withoutFetch().model(request.model());
    return call(
        key,
        RequestContext.chat(request),
        header -> requests.chat(header, request, modelInfo),
        TEXT_LIMIT,
        request.deadline());
  }

  @Override
  public CallOutcome image(Secret key, ImageRequest request) {
    ImageRoute route = imageRoutes.of(request.model(), catalogue.withoutFetch());
    CallOutcome outcome =
        call(
            key,
            RequestContext.image(request),
            header ->
                switch (route) {
                  case CHAT -> requests.imageByChat(header, request, List.of("image", "text"));
                  case CHAT_IMAGE_ONLY -> requests.imageByChat(header, request, List.of("image"));
                  case IMAGES -> requests.imageByImages(header, request);
                },
            IMAGE_LIMIT,
            request.deadline());
    return imageRoutes.learn(request.model(), route, outcome).isEmpty()
        ? outcome
        : new CallOutcome.ModelError(
            FailureKind.ModelErrorKind.OTHER_ROUTE, null, outcome.metadata());
  }

  private CallOutcome call(
      Secret key,
      RequestContext requestContext,
      Function<BearerCredential, HttpRequest> request,
      int limit,
      Duration deadline) {
    var stopwatch = new Stopwatch();
    Observation seen =
        BearerCredential.of(key)
            .map(
                header ->
                    header
                        .redactor()
                        .redact(
                            observed(httpTransport.send(request.apply(header), limit, deadline))))
            .orElseGet(Unsendable::new);
    return Classifier.call(
        seen, requestContext, clock.instant(), (int) stopwatch.elapsed().toMillis());
  }

  @Override
  public Optional<URI> endpoint(ApiProtocol protocol) {
    return Optional.of(requests.endpoint(protocol));
  }

  @Override
  public Catalogue catalogue() {
    return catalogue.get();
  }

  private Optional<Catalogue> fetchCatalogue() {
    return CatalogueReader.read(
        observed(httpTransport.send(requests.catalogue(), CATALOGUE_LIMIT, CATALOGUE_DEADLINE)),
        clock.instant());
  }

  /** Sets the listener that runs after each TLS failure, for instance an untrusted certificate. */
  public void onTlsFailure(Runnable listener) {
    tlsFailure = listener;
  }

  private Observation observed(Observation seen) {
    if (seen instanceof Failed(TransportError error) && error == TransportError.TLS) {
      tlsFailure.run();
    }
    return seen;
  }

  /** Cancels the calls in progress. Key checks in progress continue until their deadline. */
  @Override
  public void close() {
    httpTransport.close();
    keyChecks.close();
  }
}
