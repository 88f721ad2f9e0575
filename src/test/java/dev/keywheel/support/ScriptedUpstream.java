package dev.keywheel.support;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

/**
 * A provider on a loopback port that answers each key according to a script and records every
 * request. A key is identified by the end of its secret, after the last dash. Without a script a
 * key works and passes its check.
 */
public final class ScriptedUpstream implements AutoCloseable {
  private static final Pattern MODEL = Pattern.compile("\"model\"\\s*:\\s*\"([^\"]+)\"");
  private static final Pattern MAX_TOKENS =
      Pattern.compile("\"max(?:_completion)?_tokens\"\\s*:\\s*(\\d+)");

  private static final int GONE = -1;
  private static final int UNFINISHED = -2;

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Map<String, Deque<Reply>> calls = new ConcurrentHashMap<>();
  private final Map<String, Deque<Reply>> checks = new ConcurrentHashMap<>();
  private final List<Call> received = new CopyOnWriteArrayList<>();
  private final List<String> checked = new CopyOnWriteArrayList<>();
  private final CountUp open = new CountUp();
  private final AtomicInteger answered = new AtomicInteger();

  /** A requested completion or image. */
  public record Call(String key, String model, int maxTokens) {}

  /** A scripted answer; {@code headers} are pairs of name and value. */
  public record Reply(int status, String body, List<String> headers, CountDownLatch held) {

    public Reply(int status, String body, String... headers) {
      this(status, body, List.of(headers), new CountDownLatch(0));
    }

    /** The same answer, sent only when {@code release} is counted down. */
    public Reply after(CountDownLatch release) {
      return new Reply(status, body, headers, release);
    }
  }

  public ScriptedUpstream() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(threads);
    server.createContext("/api/v1/key", exchange -> answer(exchange, checks, works()));
    server.createContext("/api/v1/chat/completions", exchange -> answer(exchange, calls, ok()));
    server.start();
  }

  public URI base() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/api/v1");
  }

  /** Scripts the answers to the key's calls, in order; the last one is repeated. */
  public void calls(String key, Reply... replies) {
    calls.put(key, new ArrayDeque<>(Arrays.asList(replies)));
  }

  /** Scripts the answers to checks of the key, in order; the last one is repeated. */
  public void checks(String key, Reply... replies) {
    checks.put(key, new ArrayDeque<>(Arrays.asList(replies)));
  }

  /** Calls in the order of arrival. */
  public List<Call> received() {
    return List.copyOf(received);
  }

  /** The keys of the calls, in the order of arrival. */
  public List<String> keys() {
    return received.stream().map(Call::key).toList();
  }

  /** The keys that were checked, in the order of arrival. */
  public List<String> checked() {
    return List.copyOf(checked);
  }

  /** The number of completely sent answers, to calls and checks. */
  public int answered() {
    return answered.get();
  }

  /** Holds all answers until this many requests are open at the same time. */
  public void answerWhenOpen(int requests) {
    open.waitFor(requests);
  }

  /** The highest number of requests that were open at the same time. */
  public int mostAtOnce() {
    return open.most();
  }

  public static Reply ok() {
    return new Reply(
        200,
        """
        {"id":"gen-1","model":"test/model:free","choices":[{"finish_reason":"stop",
         "message":{"role":"assistant","content":"Here it is."}}],
         "usage":{"prompt_tokens":100,"completion_tokens":50,"cost":0.002}}""",
        "X-Generation-Id",
        "gen-1");
  }

  public static Reply cut() {
    return new Reply(200, ok().body().replace("\"stop\"", "\"length\""));
  }

  public static Reply empty() {
    return new Reply(200, ok().body().replace("Here it is.", ""));
  }

  /** Closes the connection without an answer. */
  public static Reply gone() {
    return new Reply(GONE, "");
  }

  /** Sends line breaks, as a keep-alive, and nothing else before {@code until} is counted down. */
  public static Reply alive(CountDownLatch until) {
    return new Reply(UNFINISHED, "\n\n").after(until);
  }

  /** An answer in parts, sent to clients that request a stream. */
  public static Reply stream(String... data) {
    var body = new StringBuilder(": OPENROUTER PROCESSING\n\n");
    for (var part : data) {
      body.append("data: ").append(part).append("\n\n");
    }
    return new Reply(200, body.toString(), "Content-Type", "text/event-stream");
  }

  public static Reply unauthorized() {
    return error(401, "User not found.");
  }

  /** A 429 that does not say whose limit was reached. */
  public static Reply bare429() {
    return error(429, "Too many requests");
  }

  public static Reply daily429(long resetMs) {
    return new Reply(
        429,
        """
        {"error":{"message":"Rate limit exceeded: free-models-per-day","code":429,"metadata":{
         "headers":{"X-RateLimit-Limit":"50","X-RateLimit-Remaining":"0",
         "X-RateLimit-Reset":"%d"},"limit_source":"openrouter_free_tier_daily"}}}"""
            .formatted(resetMs));
  }

  public static Reply upstream429() {
    return new Reply(
        429,
        """
        {"error":{"message":"Provider returned error","code":429,"metadata":{
         "raw":"test/model is temporarily rate-limited upstream","provider_name":"Somebody"}}}""");
  }

  public static Reply afford(int tokens) {
    return error(
        402,
        "This request requires more credits, or fewer max_tokens. You requested up to 9999 tokens,"
            + " but can only afford "
            + tokens);
  }

  public static Reply noCredit() {
    return error(402, "Insufficient credits");
  }

  public static Reply moderation() {
    return new Reply(
        403,
        """
        {"error":{"message":"Input was flagged","code":403,"metadata":{"reasons":["violence"],
         "flagged_input":"…","provider_name":"Somebody","model_slug":"test/model"}}}""");
  }

  public static Reply server502() {
    return error(502, "Bad gateway");
  }

  public static Reply html() {
    return new Reply(200, "<!doctype html><title>Hello</title>", "Content-Type", "text/html");
  }

  public static Reply works() {
    return new Reply(
        200,
        """
        {"data":{"label":"sk-or-v1-abc...def","limit":null,"limit_remaining":null,"usage":0.5,
         "is_free_tier":false,"is_management_key":false}}""");
  }

  /** The check of a key whose own spending limit is used up. */
  public static Reply spent() {
    return new Reply(
        200,
        """
        {"data":{"label":"sk-or-v1-abc...def","limit":10,"limit_remaining":0,"usage":10,
         "limit_reset":"daily","is_free_tier":false,"is_management_key":false}}""");
  }

  private static Reply error(int status, String message) {
    return new Reply(
        status, "{\"error\":{\"message\":\"" + message + "\",\"code\":" + status + "}}");
  }

  private void answer(HttpExchange exchange, Map<String, Deque<Reply>> scripts, Reply otherwise)
      throws IOException {
    var body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
    var bearer = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
    watch(exchange, body);
    var key = bearer.substring(bearer.lastIndexOf('-') + 1);
    if (scripts == calls) {
      received.add(new Call(key, first(MODEL, body), Integer.parseInt(first(MAX_TOKENS, body))));
    } else {
      checked.add(key);
    }
    var reply = next(scripts, key, otherwise);
    if (reply.status() == UNFINISHED) {
      exchange.sendResponseHeaders(200, 0);
      exchange.getResponseBody().write(reply.body().getBytes(UTF_8));
      exchange.getResponseBody().flush();
    }
    try {
      open.enter();
      reply.held().await();
    } catch (InterruptedException over) {
      Thread.currentThread().interrupt();
    } finally {
      open.leave();
    }
    if (reply.status() == GONE || reply.status() == UNFINISHED) {
      exchange.close();
      return;
    }
    var bytes = reply.body().getBytes(UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    for (int i = 0; i + 1 < reply.headers().size(); i += 2) {
      exchange.getResponseHeaders().set(reply.headers().get(i), reply.headers().get(i + 1));
    }
    exchange.sendResponseHeaders(reply.status(), bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
    answered.incrementAndGet();
  }

  private static void watch(HttpExchange exchange, String body) {
    var headers = new HashMap<>(exchange.getRequestHeaders());
    headers.remove("Authorization");
    Canary.watchRequest(exchange.getRequestURI() + "\n" + headers + "\n" + body);
  }

  /** Counts concurrent requests, and holds them until a given number is open. */
  private static final class CountUp {
    private int now;
    private int most;
    private int wanted;

    synchronized void waitFor(int open) {
      wanted = open;
    }

    synchronized int most() {
      return most;
    }

    synchronized void enter() throws InterruptedException {
      now++;
      most = Math.max(most, now);
      notifyAll();
      while (most < wanted) {
        wait();
      }
    }

    synchronized void leave() {
      now--;
    }
  }

  private static Reply next(Map<String, Deque<Reply>> scripts, String key, Reply otherwise) {
    var script = scripts.get(key);
    if (script == null) {
      return otherwise;
    }
    synchronized (script) {
      return script.size() > 1 ? script.removeFirst() : script.getFirst();
    }
  }

  private static String first(Pattern pattern, String body) {
    var found = pattern.matcher(body);
    return found.find() ? found.group(1) : "0";
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
