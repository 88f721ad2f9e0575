package dev.keywheel.gateway.call;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keywheel.assignment.Assignments;
import dev.keywheel.db.Database;
import dev.keywheel.db.Json;
import dev.keywheel.gateway.http.CallOptions;
import dev.keywheel.gateway.http.GatewayTimeouts;
import dev.keywheel.gateway.ledger.GatewayLedger;
import dev.keywheel.gateway.model.Alias.AliasTarget;
import dev.keywheel.gateway.model.Aliases;
import dev.keywheel.gateway.model.ModelDirectory;
import dev.keywheel.gateway.seat.AnswerJudge;
import dev.keywheel.gateway.seat.GatewayLog;
import dev.keywheel.gateway.seat.ResponseAccounts;
import dev.keywheel.gateway.seat.TestSeats;
import dev.keywheel.gateway.token.AccessTokens;
import dev.keywheel.gateway.token.TokenScope;
import dev.keywheel.gateway.token.TokenSettings;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.net.AnonymousSlots;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.provider.Provider;
import dev.keywheel.provider.Providers;
import dev.keywheel.provider.openrouter.OpenRouter;
import dev.keywheel.recovery.Recovery;
import dev.keywheel.rotation.CallExecutor;
import dev.keywheel.rotation.pause.PauseProbes;
import dev.keywheel.settings.SettingsStore;
import dev.keywheel.support.Await;
import dev.keywheel.support.Statements;
import dev.keywheel.support.StreamUpstream;
import dev.keywheel.support.TestPool;
import dev.keywheel.time.Delayer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A gateway on a local port, with a test's pool and a scripted provider. Repeats calls after 5 ms
 * instead of the usual half second.
 */
final class TestNode implements AutoCloseable {
  static final String MODEL = "maker/model";

  final StreamUpstream upstream = new StreamUpstream();
  final AnonymousSlots anonymousSlots = new AnonymousSlots();
  final TestPool pool;
  final AccessTokens tokens;
  final GatewayLedger ledger;
  final Gateway gateway;
  final Aliases aliases;
  final AnswerJudge judge;
  final TrialCall trials;
  final GatewayLog log;
  final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final ExecutorService checks = Executors.newVirtualThreadPerTaskExecutor();
  private final OpenRouter provider;
  private final GatewayServer server;
  private final AtomicInteger names = new AtomicInteger();
  private final String token;

  /**
   * Timeouts of these lengths.
   *
   * @param statusHold also the time between keep-alive comments
   */
  static GatewayTimeouts timeouts(
      Duration connect,
      Duration firstEvent,
      Duration firstByte,
      Duration silence,
      Duration idle,
      Duration total,
      Duration clientStalled,
      Duration statusHold,
      Duration upload) {
    return new GatewayTimeouts(
        connect,
        firstEvent,
        firstByte,
        silence,
        idle,
        total,
        clientStalled,
        statusHold,
        statusHold,
        upload);
  }

  /** A node on a database that other tests have already used. */
  TestNode(TestPool pool) {
    this(pool, Duration.ofSeconds(10), false);
  }

  /**
   * @param finishUnstreamed whether calls continue after their clients have disconnected
   */
  TestNode(TestPool pool, Duration finishWithin, boolean finishUnstreamed) {
    this(
        pool,
        GatewayTimeouts.DEFAULT,
        finishWithin,
        provider -> provider,
        128L << 20,
        finishUnstreamed);
  }

  TestNode(
      TestPool pool,
      GatewayTimeouts timeouts,
      Duration finishWithin,
      UnaryOperator<Provider> providers) {
    this(pool, timeouts, finishWithin, providers, 128L << 20);
  }

  /**
   * @param maxAnswerBytes maximum number of bytes of answers in memory
   */
  TestNode(
      TestPool pool,
      GatewayTimeouts timeouts,
      Duration finishWithin,
      UnaryOperator<Provider> providers,
      long maxAnswerBytes) {
    this(pool, timeouts, finishWithin, providers, maxAnswerBytes, false);
  }

  TestNode(
      TestPool pool,
      GatewayTimeouts timeouts,
      Duration finishWithin,
      UnaryOperator<Provider> providers,
      long maxAnswerBytes,
      boolean finishUnstreamed) {
    this(
        pool,
        timeouts,
        finishWithin,
        providers,
        maxAnswerBytes,
        options(CallOptions.START_BUDGET, finishUnstreamed),
        pool.database);
  }

  /** A node that records its statements about tokens and models. */
  TestNode(TestPool pool, Statements statements) {
    this(pool, statements, 128L << 20);
  }

  TestNode(TestPool pool, Statements statements, long maxAnswerBytes) {
    this(
        pool,
        GatewayTimeouts.DEFAULT,
        Duration.ofSeconds(10),
        provider -> provider,
        maxAnswerBytes,
        options(CallOptions.START_BUDGET, false),
        statements.over(pool.database));
  }

  /** A node whose requests and trials may take this long until no further attempt begins. */
  TestNode(TestPool pool, Duration budget) {
    this(
        pool,
        GatewayTimeouts.DEFAULT,
        Duration.ofSeconds(10),
        provider -> provider,
        128L << 20,
        options(budget, false),
        pool.database);
  }

  private static CallOptions options(Duration budget, boolean finishUnstreamed) {
    return new CallOptions(
        Duration.ofMillis(5),
        budget,
        Duration.ofMinutes(1),
        budget.multipliedBy(2),
        finishUnstreamed);
  }

  private TestNode(
      TestPool pool,
      GatewayTimeouts timeouts,
      Duration finishWithin,
      UnaryOperator<Provider> providers,
      long maxAnswerBytes,
      CallOptions options,
      Database accesses) {
    this.pool = pool;
    pool.test.asOwner(
        "truncate gateway_requests, gateway_attempts, gateway_tokens, gateway_aliases, api_keys,"
            + " pools cascade");
    pool.clock.advanceOnEachReading(Duration.ofNanos(1_000));
    provider =
        new OpenRouter(
            "openrouter",
            "OpenRouter",
            upstream.base(),
            URI.create("http://localhost"),
            pool.clock);
    var unused =
        new OpenRouter(
            "other", "Other", upstream.base(), URI.create("http://localhost"), pool.clock);
    var all = new Providers(List.of(providers.apply(provider), unused));
    var audit = new Audit(pool.database, pool.vault.auditKeys(), pool.clock);
    tokens =
        new AccessTokens(accesses, pool.vault, audit, pool.ids, new SecureRandom(), pool.clock);
    ledger = TestSeats.ledger(pool);
    log = new GatewayLog(pool.database, new ExecutionLog(pool.database), pool.clock);

    var directory = new ModelDirectory(accesses, pool.pool, all, new Random(1), pool.clock);
    aliases = new Aliases(pool.database, all, directory, audit, pool.ids, pool.clock);
    var outcomes = outcomes(all);
    judge = outcomes.judge();
    ledger.start(judge::applyAnswers);
    var seats = TestSeats.seats(pool, ledger, log, outcomes.probes());
    gateway =
        new Gateway(
            tokens,
            directory,
            seats,
            new ResponseAccounts(pool.database, pool.clock),
            judge,
            ledger,
            all,
            pool.pool.secrets(),
            pool.ids,
            pool.clock,
            timeouts,
            options,
            anonymousSlots,
            finishWithin,
            maxAnswerBytes);
    trials = gateway.trials();
    server = new GatewayServer(gateway);
    token = token(TokenScope.ALL);
  }

  private record Outcomes(AnswerJudge judge, PauseProbes probes) {}

  private Outcomes outcomes(Providers all) {
    var log = new ExecutionLog(pool.database);
    var settings = new SettingsStore(pool.database);
    Delayer atOnce = _ -> {};
    var recovery =
        new Recovery(
            pool.database, pool.pool, all, settings, log, pool.jobs, pool.ids, pool.clock, atOnce);
    var assignments =
        new Assignments(pool.database, pool.pool, recovery, all, settings, log, pool.clock);
    var calls =
        new CallExecutor(
            pool.retrying(pool.database, atOnce),
            pool.pool,
            assignments,
            recovery,
            all,
            log,
            pool.clock,
            pool.jobs.stopping(),
            atOnce,
            CallExecutor.KEY_WAIT);
    return new Outcomes(
        TestSeats.judge(pool, calls.judge(), recovery, checks), calls.judge().probes());
  }

  /** Sends a test request from a page. */
  TrialCall.Result trial(String model) {
    return trials.send(pool.admin, UUID.randomUUID(), model, "127.0.0.1").orElseThrow();
  }

  int port() {
    return server.port();
  }

  URI uri(String path) {
    return URI.create("http://127.0.0.1:" + port() + path);
  }

  /** A token without restrictions. */
  String token() {
    return token;
  }

  String token(TokenScope scope) {
    return token(scope, false);
  }

  String token(TokenScope scope, boolean showKeyName) {
    return token(scope, null, showKeyName);
  }

  /** A token with a default model. */
  String token(TokenScope scope, String defaultModel) {
    return token(scope, defaultModel, false);
  }

  private String token(TokenScope scope, @Nullable String defaultModel, boolean showKeyName) {
    String name = "token" + names.incrementAndGet();
    var settings = new TokenSettings(name, "", scope, defaultModel, showKeyName);
    return tokens.create(pool.admin, tokens.nextId(), settings).secret().reveal();
  }

  /** Creates an alias of models of the provider. */
  void alias(String name, String... models) {
    aliases.create(
        pool.admin,
        name,
        Stream.of(models).map(model -> new AliasTarget("openrouter", model)).toList());
  }

  HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(uri(path))
        .header("Authorization", "Bearer " + token)
        .header("Content-Type", "application/json");
  }

  HttpResponse<byte[]> send(HttpRequest request) {
    try {
      return http.send(request, BodyHandlers.ofByteArray());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  HttpResponse<byte[]> post(String path, String body) {
    return send(request(path).POST(BodyPublishers.ofString(body)).build());
  }

  HttpResponse<byte[]> chat() {
    return post("/v1/chat/completions", chatBody(false));
  }

  HttpResponse<byte[]> chat(String otherToken) {
    return send(
        request("/v1/chat/completions")
            .setHeader("Authorization", "Bearer " + otherToken)
            .POST(BodyPublishers.ofString(chatBody(false)))
            .build());
  }

  static String chatBody(boolean stream) {
    return "{\"model\":\""
        + MODEL
        + "\",\"stream\":"
        + stream
        + ",\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}";
  }

  static String text(HttpResponse<byte[]> response) {
    return new String(response.body(), UTF_8);
  }

  static JsonNode json(HttpResponse<byte[]> response) {
    return Json.read(text(response), JsonNode.class);
  }

  /** The states of all attempts, in the order of their seats, once all are closed. */
  List<String> attempts() {
    return rows("select state from gateway_attempts order by seat", "sent");
  }

  /** The outcomes of all attempts, in the order of their seats, once all are closed. */
  List<String> codes() {
    return rows("select coalesce(outcome, state) from gateway_attempts order by seat", "sent");
  }

  /** The states of all requests, once all are closed. */
  List<String> requests() {
    // Ordered by their ends: starts are calculated from real time, while the test's clock hardly
    // advances.
    return rows("select state from gateway_requests order by ended_at", "in_flight");
  }

  private List<String> rows(String sql, String open) {
    var found = new java.util.concurrent.atomic.AtomicReference<List<String>>(List.of(open));
    Await.until(
        "outcomes are stored",
        () -> {
          boolean idle = ledger.waiting() == 0 && ledger.inFlight().count() == 0;
          found.set(pool.database.read(dsl -> dsl.fetch(sql).getValues(0, String.class)));
          return idle && !found.get().contains(open);
        });
    return found.get();
  }

  @Override
  public void close() {
    gateway.close();
    server.close();
    provider.close();
    upstream.close();
    checks.close(); // a check may pause the pool, which the next test also uses
  }

  /** Asserts that the gateway itself refused the request, in the format of OpenAI. */
  static void assertError(HttpResponse<byte[]> response, int status, String code) {
    assertThat(response.statusCode()).as(text(response)).isEqualTo(status);
    assertThat(response.headers().firstValue("content-type")).contains("application/json");
    JsonNode body = json(response);
    assertThat(body.path("error").path("code").asText()).isEqualTo(code);
    assertThat(body.path("error").path("message").asText()).isNotBlank();
    assertThat(body.path("error").has("param")).isTrue();
    String id = response.headers().firstValue("x-request-id").orElseThrow();
    assertThat(id).matches("req_[0-9A-HJKMNP-TV-Z]{26}");
    assertThat(response.headers().firstValue("request-id")).contains(id);
    assertThat(body.path("request_id").asText()).isEqualTo(id);
  }
}
