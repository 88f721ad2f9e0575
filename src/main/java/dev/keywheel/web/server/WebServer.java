package dev.keywheel.web.server;

import dev.keywheel.net.RequestLines;
import dev.keywheel.net.RequestThreads;
import dev.keywheel.net.SlowHeaders;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.web.form.BadRequestHandling;
import dev.keywheel.web.form.RequestSize;
import dev.keywheel.web.form.UnreadBody;
import dev.keywheel.web.security.DeniedRequests;
import dev.keywheel.web.security.HostFilter;
import dev.keywheel.web.security.MethodFilter;
import dev.keywheel.web.security.PageWorkspace;
import dev.keywheel.web.security.PlainRefusal;
import dev.keywheel.web.security.RequiredRole;
import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.config.SizeUnit;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import jakarta.servlet.DispatcherType;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP server. Every request runs on a virtual thread. A request for pages passes the request
 * guard before its handler.
 */
public final class WebServer implements AutoCloseable {
  /**
   * Length of the accept queue. With the default of 50, many simultaneous connections would be
   * refused.
   */
  private static final int WAITING_CONNECTIONS = 1_024;

  private static final Logger log = LoggerFactory.getLogger(WebServer.class);

  private final WebContext web;
  private final Optional<Front> front;
  private final Errors errors;
  private final DeniedRequests denied;
  private final Javalin javalin;
  private @Nullable Routes routes;

  /**
   * The handler that runs before the pages, such as the gateway.
   *
   * @param handler creates the handler from two functions: whether this server answers for a value
   *     of the header {@code Host}, and the address of a client, also behind a trusted proxy
   * @param refused answers requests that fail before the handler, unless they are for pages
   * @param paths the rules for paths; the handler refuses a path if pages need stricter rules
   */
  public record Front(
      BiFunction<Predicate<String>, Function<Request, String>, Handler.Wrapper> handler,
      Request.Handler refused,
      UriCompliance paths) {}

  /**
   * @param withoutUsers whether no user exists, so that every page leads to the set-up
   * @param audit records refused requests
   */
  public WebServer(
      WebContext web,
      BooleanSupplier withoutUsers,
      Audit audit,
      List<Screen> screens,
      Optional<Front> front) {
    this.web = web;
    this.front = front;
    this.denied = new DeniedRequests(audit, web::client);
    this.errors =
        new Errors(
            web.templates(),
            web.view(),
            web.workspaces(),
            new LoginRedirect(
                web.templates(),
                web.view(),
                web.options().passkeyHost(),
                withoutUsers,
                new PageWorkspace(web.workspaces())),
            this::formPage);
    this.javalin = Javalin.create(config -> configure(config, screens));
  }

  private void configure(JavalinConfig config, List<Screen> screens) {
    Map<String, String> headers = web.requestGuard().headers().all();
    config.startup.showJavalinBanner = false;
    config.startup.showOldJavalinVersionWarning = false;
    config.jetty.threadPool = new RequestThreads();
    config.jetty.addConnector(this::connector);
    config.jetty.modifyHttpConfiguration(
        http -> {
          http.setSendServerVersion(false);
          http.setHeaderCacheSize(0); // the cache takes 100 kB for each connection that stays open
          http.setHttpCompliance(HttpCompliance.STRICT); // a bare LF does not end a line
          front.ifPresent(made -> http.setUriCompliance(made.paths()));
        });
    var slots = web.requestGuard().anonymousSlots();
    var badRequestHandling =
        new BadRequestHandling(headers, this::refusedByFront, slots, web.view()::unread);
    var refusal = new PlainRefusal(headers, slots);
    config.jetty.modifyServer(
        server -> {
          server.setErrorHandler(badRequestHandling);
          server.setHandler(handler());
        });
    config.jetty.multipartConfig.maxInMemoryFileSize(RequestSize.LARGEST_MB, SizeUnit.MB);
    config.jetty.multipartConfig.maxTotalRequestSize(RequestSize.LARGEST_MB, SizeUnit.MB);
    config.jetty.modifyServletContextHandler(
        http -> {
          http.setMaxFormContentSize(RequestSize.LARGEST);
          Stream.of(
                  new HostFilter(web.options().hosts(), refusal),
                  new MethodFilter(refusal),
                  web.requestGuard().bodies(),
                  web.requestGuard().anonymousLimiter(),
                  new PageConnections())
              .forEach(filter -> http.addFilter(filter, "/*", EnumSet.of(DispatcherType.REQUEST)));
        });
    config.http.maxRequestSize = RequestSize.LARGEST;
    config.http.prefer405over404 = true;
    config.http.defaultContentType = "text/plain; charset=utf-8";
    config.http.compressionStrategy = CompressionStrategy.GZIP;
    config.routes.before(web.requestGuard()::begin);
    config.routes.beforeMatched(new SecretInUrlFilter(web.view())::check);
    config.routes.beforeMatched(web.requestGuard()::check);
    config.routes.after(web.requestGuard().anonymousLimiter()::leave);
    config.routes.exception(Exception.class, errors::answer);
    config.routes.exception(
        HttpResponseException.class, errors::answer); // replaces Javalin's default handler
    config.router.javaLangErrorHandler((response, error) -> log.error("A request failed", error));
    config.requestLogger.http(this::log);
    var list = new Routes(config.routes, web::zone);
    list.get(Assets.PREFIX + "{hash}/<name>", RequiredRole.ANYONE, web.assets()::serve);
    new CspReports(web.requestGuard().anonymousLimiter(), web.clock()).routes(list);
    screens.forEach(screen -> screen.routes(list));
    routes = list;
  }

  private Optional<String> formPage(String path, boolean notFound) {
    return routes == null ? Optional.empty() : routes.formPage(path, notFound);
  }

  private boolean refusedByFront(Request request, Response response, Callback callback)
      throws Exception {
    return front.isPresent() && front.get().refused().handle(request, response, callback);
  }

  private Handler handler() {
    var pages = new UnreadBody(new MinimumDataRate(web.clock()));
    return front
        .map(
            made -> {
              Handler.Wrapper handler =
                  made.handler().apply(web.options().hosts()::allows, web::clientAddress);
              handler.setHandler(pages);
              return (Handler) handler;
            })
        .orElse(pages);
  }

  private Connector connector(Server server, HttpConfiguration http) {
    var connector =
        OpenConnections.connector(server, new RequestLines(http), web.options().connections());
    SlowHeaders.install(connector, http, web.options().headersWithin());
    connector.setHost(web.options().host());
    connector.setPort(web.options().port());
    connector.setAcceptQueueSize(WAITING_CONNECTIONS);
    return connector;
  }

  /** Logs the path without its query, which may contain the token of a one-time link. */
  private void log(Context ctx, float millis) {
    denied.record(ctx);
    log.debug(
        "{} {} {} {} ms {}",
        ctx.method(),
        ctx.path(),
        ctx.statusCode(),
        Math.round(millis),
        RequestGuard.requestId(ctx));
  }

  /**
   * Starts the server.
   *
   * @throws io.javalin.util.JavalinBindException when the port is taken
   */
  public void start() {
    javalin.start();
  }

  /** The port; after {@link #start}. */
  public int port() {
    return javalin.port();
  }

  /** All routes, for tests. */
  public List<Routes.Route> routes() {
    return routes == null ? List.of() : routes.all();
  }

  /** Stops accepting requests, and waits briefly for the requests in progress. */
  @Override
  public void close() {
    javalin.stop();
  }
}
