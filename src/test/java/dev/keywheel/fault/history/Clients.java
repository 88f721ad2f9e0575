package dev.keywheel.fault.history;

import dev.keywheel.fault.history.History.Action;
import dev.keywheel.fault.history.History.Kind;
import dev.keywheel.fault.history.History.Result;
import dev.keywheel.sandbox.server.RequestLog;
import dev.keywheel.support.HttpBrowser;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Users of both nodes who record their requests and the answers. */
final class Clients {
  private static final UUID NONE = new UUID(0, 0);

  private final List<Node> nodes;
  private final History history;
  private final InstantSource clock = InstantSource.system();
  private final Map<String, String> names = new ConcurrentHashMap<>();
  private final AtomicInteger lastKey = new AtomicInteger();
  private final AtomicInteger lastTopic = new AtomicInteger();
  private final HttpBrowser session;
  private final String token;

  /** Signs in. */
  Clients(List<Node> nodes, History history) {
    this.nodes = nodes;
    this.history = history;
    this.session = new HttpBrowser(nodes.getFirst().address());
    if (!signIn(session).location().equals("/")) {
      throw new AssertionError("cannot sign in");
    }
    this.token = session.token();
  }

  private static HttpBrowser.Answer signIn(HttpBrowser browser) {
    return browser.post("/login", "email", Node.EMAIL, "password", Node.PASSWORD);
  }

  /** A signed-in browser at a node. */
  HttpBrowser at(int node) {
    return session.at(nodes.get(node).address());
  }

  /** The name of the key with the mask that the provider recorded. */
  String keyName(String mask) {
    return names.getOrDefault(mask, mask);
  }

  /** Creates an access token, as an administrator does. */
  String accessToken() {
    var page = session.post("/gateway/tokens", "name", "Programs").page();
    return page.select("#your-token").attr("value");
  }

  List<String> secrets() {
    return IntStream.rangeClosed(1, lastKey.get()).mapToObj(Clients::secret).toList();
  }

  private static String secret(int number) {
    return "sk-or-demo-valid-" + (1_000 + number);
  }

  /** Clicks on Generate; the second click of a double click goes to the other node. */
  void generate(int node, int clicks) {
    var request = UUID.randomUUID();
    var topic = "How to save for bicycle number " + lastTopic.incrementAndGet();
    var threads = new ArrayList<Thread>();
    for (int click = 0; click < clicks; click++) {
      int at = (node + click) % nodes.size();
      threads.add(Thread.startVirtualThread(() -> generate(at, request, topic)));
    }
    threads.forEach(Clients::join);
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void generate(int node, UUID request, String topic) {
    var fields = fields("topic", topic, "provider", "openrouter", "request_id", request.toString());
    send(Kind.GENERATE, node, request.toString(), "/articles", fields);
  }

  /** Repeats the requests that got no answer. */
  void repeatUnanswered() {
    history.actions().stream()
        .filter(a -> a.kind() == Kind.GENERATE && a.result() == Result.UNKNOWN)
        .map(Action::subject)
        .distinct()
        .forEach(request -> generate(0, UUID.fromString(request), "How to save once more"));
  }

  void cancel(int node, UUID run) {
    send(Kind.CANCEL, node, run.toString(), "/runs/" + run + "/cancellation", fields());
  }

  void retry(int node, UUID run) {
    send(Kind.RETRY, node, run.toString(), "/runs/" + run + "/retries", fields());
  }

  void changeKey(Kind kind, int node, UUID key) {
    var word =
        switch (kind) {
          case DISABLE -> "disablement";
          case ENABLE -> "enablement";
          case DELETE -> "deletion";
          case GENERATE, CANCEL, RETRY, IMPORT, TEST_ALL, SIGN_IN, ASK ->
              throw new IllegalArgumentException(kind.name());
        };
    send(kind, node, key.toString(), "/keys/" + word, fields("id", key.toString()));
  }

  void testAll(int node) {
    send(Kind.TEST_ALL, node, NONE.toString(), "/recovery", fields());
  }

  void importKeys(int node, int count) {
    int to = lastKey.addAndGet(count);
    var numbers = IntStream.rangeClosed(to - count + 1, to).boxed().toList();
    numbers.forEach(n -> names.put(RequestLog.mask(secret(n)), name(n)));
    var lines =
        numbers.stream().map(n -> name(n) + " " + secret(n)).collect(Collectors.joining("\n"));
    var previewed = answer(node, "/keys/imports", fields("provider", "openrouter", "keys", lines));
    if (previewed.status() == 303) {
      var id = previewed.answer().substring(previewed.answer().lastIndexOf('/') + 1);
      send(
          Kind.IMPORT,
          node,
          id,
          "/keys/imports/" + id + "/confirmation",
          fields(),
          Integer.toString(count));
    }
  }

  private static String name(int number) {
    return "key" + number + "@example.org";
  }

  void signInAgain(int node) {
    var invoked = clock.instant();
    Response response;
    try {
      var answer = signIn(new HttpBrowser(nodes.get(node).address()));
      response = new Response(answer.status(), answer.header("Location").orElse(""));
    } catch (AssertionError noAnswer) {
      response = new Response(0, String.valueOf(noAnswer.getMessage()));
    }
    history.add(
        new Action(
            Kind.SIGN_IN,
            node,
            NONE.toString(),
            invoked,
            clock.instant(),
            result(response),
            response.status(),
            response.answer()));
  }

  private record Response(int status, String answer) {}

  private void send(
      Kind kind, int node, String subject, String path, List<Map.Entry<String, String>> fields) {
    send(kind, node, subject, path, fields, "");
  }

  /**
   * @param note the text to record with the answer; if empty, the target of its redirect
   */
  private void send(
      Kind kind,
      int node,
      String subject,
      String path,
      List<Map.Entry<String, String>> fields,
      String note) {
    var invoked = clock.instant();
    var response = answer(node, path, fields);
    history.add(
        new Action(
            kind,
            node,
            subject,
            invoked,
            clock.instant(),
            result(response),
            response.status(),
            note.isEmpty() || result(response) != Result.OK ? response.answer() : note));
  }

  private Response answer(int node, String path, List<Map.Entry<String, String>> fields) {
    try {
      var answer = at(node).post(path, fields, token);
      return new Response(
          answer.status(),
          answer.header("Location").orElseGet(() -> answer.text().replaceAll("\\s+", " ")));
    } catch (AssertionError noAnswer) {
      return new Response(0, String.valueOf(noAnswer.getMessage()));
    }
  }

  private static Result result(Response response) {
    return switch (response.status() / 100) {
      case 2, 3 -> response.answer().startsWith("/login") ? Result.REFUSED : Result.OK;
      case 4 -> Result.REFUSED;
      default -> Result.UNKNOWN;
    };
  }

  private static List<Map.Entry<String, String>> fields(String... namesAndValues) {
    return IntStream.range(0, namesAndValues.length / 2)
        .mapToObj(i -> Map.entry(namesAndValues[2 * i], namesAndValues[2 * i + 1]))
        .toList();
  }

  /** Runs whose start was acknowledged to a client. */
  List<UUID> runs() {
    return history.actions().stream()
        .filter(a -> a.kind() == Kind.GENERATE && a.result() == Result.OK)
        .map(a -> UUID.fromString(a.answer().substring(a.answer().lastIndexOf('/') + 1)))
        .distinct()
        .toList();
  }
}
