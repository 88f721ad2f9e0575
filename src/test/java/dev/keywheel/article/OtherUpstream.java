package dev.keywheel.article;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.keywheel.db.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * An OpenRouter-compatible server other than the sandbox, with its own texts. They follow the
 * requested formats as hosted models do: with a greeting, in a code fence, with markers in bold. A
 * test may replace the answers of any operation.
 */
final class OtherUpstream implements AutoCloseable {
  private static final Pattern BLOCK =
      Pattern.compile("@@(s\\d-\\d|intro|what|steps|example|limits)@@");
  private static final Pattern QUESTION = Pattern.compile("(?m)^(q\\d+): ");
  private static final List<String> SUBJECTS =
      List.of(
          "the starter",
          "fresh flour",
          "warm water",
          "a tall jar",
          "the rise",
          "every feeding",
          "rye",
          "a kitchen scale",
          "the rhythm",
          "patience");
  private static final List<String> VERBS =
      List.of(
          "shows",
          "changes",
          "decides",
          "softens",
          "needs",
          "explains",
          "carries",
          "rewards",
          "slows",
          "wakes");
  private static final List<String> OBJECTS =
      List.of(
          "the taste of a loaf",
          "how soon bubbles appear",
          "what happens overnight",
          "the balance of acids",
          "your weekly plan",
          "the colour of the crust",
          "small mistakes",
          "the next morning",
          "how much is left over",
          "an even crumb");
  private static final List<String> ENDS =
      List.of(
          "in most kitchens",
          "after a few days",
          "as long as nothing is rushed",
          "even when the room is cold",
          "more than a recipe can tell",
          "once you keep notes",
          "before the dough is mixed",
          "without any special tool",
          "for beginners as well",
          "whatever the brand says");

  private static final List<String> OTHER_OBJECTS =
      List.of(
          "which jar to pick",
          "a calm Sunday",
          "two spoons of rye",
          "the old batch",
          "a lid left open",
          "what the fridge hides",
          "thin pancakes",
          "a sour smell",
          "one missed day",
          "the next loaf");
  private static final List<String> OTHER_ENDS =
      List.of(
          "if time is short",
          "although nobody expects it",
          "whenever guests arrive",
          "unless the tap runs hot",
          "because habits matter",
          "so the week stays simple",
          "while the oven heats",
          "until spring comes",
          "where space is tight",
          "before anyone wakes");

  private final HttpServer server;
  private final Map<String, Responder> answers = new ConcurrentHashMap<>();
  private volatile RefusalRule refusalRule = _ -> Optional.empty();
  private final Map<String, AtomicInteger> counts = new ConcurrentHashMap<>();
  final List<Request> requests = new CopyOnWriteArrayList<>();

  /**
   * A received request.
   *
   * @param time 1-based number of the call of that operation
   * @param key the last characters of the secret
   * @param maxTokens 0 if the request had none
   */
  record Request(
      String operation,
      int time,
      String system,
      String user,
      String model,
      String key,
      int maxTokens) {}

  /**
   * A scripted answer: a text with its finish reason, or a refusal with its message and, in place
   * of the finish reason, the seconds of its Retry-After header.
   */
  record Answer(int status, String text, String finish) {
    /** The host of the model accepts no request now. */
    static Answer busy(String retryAfter) {
      return new Answer(429, "test/model is temporarily rate-limited upstream", retryAfter);
    }

    static Answer of(String text) {
      return new Answer(200, text, "stop");
    }

    static Answer cut(String text) {
      return new Answer(200, text, "length");
    }
  }

  @FunctionalInterface
  interface Responder {
    Answer answer(Request request);
  }

  /** A refusal in place of the answer, for any operation. */
  @FunctionalInterface
  interface RefusalRule {
    Optional<Answer> refusal(Request request);
  }

  OtherUpstream() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext(
        "/api/v1/key",
        ex -> send(ex, 200, "{\"data\":{\"label\":\"k\",\"usage\":0,\"is_free_tier\":false}}"));
    server.createContext("/api/v1/models", ex -> send(ex, 500, "{}"));
    server.createContext("/api/v1/chat/completions", this::chat);
    server.createContext(
        "/api/v1/images",
        ex -> send(ex, 404, "{\"error\":{\"code\":404,\"message\":\"No endpoints found\"}}"));
    server.start();
  }

  URI base() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/api/v1");
  }

  /** Replaces the answers of this operation. */
  void when(String operation, Responder responder) {
    answers.put(operation, responder);
  }

  /** Sets the rule by which later requests are refused. */
  void refuse(RefusalRule rule) {
    refusalRule = rule;
  }

  /** Restores the usual answers. */
  void answerAsUsual() {
    refusalRule = _ -> Optional.empty();
    answers.clear();
  }

  private void chat(HttpExchange ex) throws IOException {
    var body = Json.MAPPER.readTree(ex.getRequestBody().readAllBytes());
    var system = body.at("/messages/0/content").asText();
    var messages = body.path("messages");
    var user = messages.path(messages.size() - 1).path("content").asText();
    var first = messages.size() > 1 ? messages.path(1).path("content").asText() : system;
    var operation =
        system.startsWith("Operation: ")
            ? system.substring(11, system.indexOf(" ("))
            : "Image Generation";
    int time = counts.computeIfAbsent(operation, _ -> new AtomicInteger()).incrementAndGet();
    var bearer = String.valueOf(ex.getRequestHeaders().getFirst("Authorization"));
    var request =
        new Request(
            operation,
            time,
            system + "\n" + first,
            user,
            body.path("model").asText(),
            "key" + bearer.substring(bearer.lastIndexOf('f') + 1),
            body.path("max_tokens").asInt());
    requests.add(request);
    var refusal = refusalRule.refusal(request);
    if (refusal.isPresent()) {
      refuse(ex, refusal.get());
      return;
    }
    if (operation.equals("Image Generation") && !answers.containsKey(operation)) {
      send(
          ex,
          404,
          "{\"error\":{\"code\":404,\"message\":\"No endpoints found that support the requested output modalities: image\"}}");
      return;
    }
    var answer = answers.getOrDefault(operation, OtherUpstream::usual).answer(request);
    if (answer.status() != 200) {
      refuse(ex, answer);
      return;
    }
    var reply =
        Map.of(
            "id",
            "gen-" + time,
            "model",
            body.path("model").asText(),
            "choices",
            List.of(Map.of("finish_reason", answer.finish(), "message", message(answer.text()))),
            "usage",
            Map.of("prompt_tokens", 100, "completion_tokens", 200, "total_tokens", 300));
    send(ex, 200, Json.text(reply));
  }

  /** A text that is a data URL becomes an image. */
  private static Map<String, Object> message(String text) {
    return text.startsWith("data:image/")
        ? Map.of(
            "role",
            "assistant",
            "content",
            "",
            "images",
            List.of(Map.of("type", "image_url", "image_url", Map.of("url", text))))
        : Map.of("role", "assistant", "content", text);
  }

  private static void refuse(HttpExchange ex, Answer answer) throws IOException {
    if (!answer.finish().isEmpty()) {
      ex.getResponseHeaders().add("Retry-After", answer.finish());
    }
    send(ex, answer.status(), error(answer));
  }

  private static String error(Answer answer) {
    return "{\"error\":{\"code\":" + answer.status() + ",\"message\":\"" + answer.text() + "\"}}";
  }

  private static void send(HttpExchange ex, int status, String body) throws IOException {
    var bytes = body.getBytes(StandardCharsets.UTF_8);
    ex.getResponseHeaders().add("Content-Type", "application/json");
    ex.sendResponseHeaders(status, bytes.length);
    try (var out = ex.getResponseBody()) {
      out.write(bytes);
    }
  }

  /** The default answer to a request. */
  static Answer usual(Request request) {
    return Answer.of(
        switch (request.operation()) {
          case "Meta & Toc Generator" ->
              "Sure! Here is the plan:\n```json\n" + PLAN + "\n```\nTell me if you want changes.";
          case "Tool Generator" -> "```html\n" + TOOL + "\n```";
          case "Tool Validator" ->
              "I read it.\n```json\n{\"verdict\": \"pass\", \"issues\": [], \"checks\": [{\"set\": {\"flour\": \"100\", \"ratio\": \"2\"}, \"expect\": [{\"output\": \"starter\", \"number\": 50}],}]}\n```";
          case "Guide Generator" -> guide(ids(request));
          case "FAQ Generator" -> faq(request);
          default -> sections(request);
        });
  }

  static List<String> ids(Request request) {
    var last = BLOCK.matcher(request.user()).results().map(m -> m.group(1)).distinct().toList();
    return last.isEmpty()
        ? BLOCK.matcher(request.system()).results().map(m -> m.group(1)).distinct().toList()
        : last;
  }

  private static String sections(Request request) {
    return ids(request).stream()
        .map(id -> "**@@" + id + "@@**\n\n" + prose(id, 260))
        .collect(Collectors.joining("\n\n"));
  }

  /** Text about bread with this number of words, different for each seed. */
  static String prose(String seed, int words) {
    var random = new Random(seed.hashCode() * 31L);
    boolean second = seed.startsWith("s2") || seed.startsWith("faq");
    var objects = second ? OTHER_OBJECTS : OBJECTS;
    var ends = second ? OTHER_ENDS : ENDS;
    var text = new StringBuilder("Sourdough starter, part " + seed.replace('-', ' ') + ". ");
    for (int n = 5; n < words; ) {
      var sentence =
          pick(random, SUBJECTS)
              + " "
              + pick(random, VERBS)
              + " "
              + pick(random, objects)
              + " "
              + pick(random, ends)
              + ", and "
              + pick(random, SUBJECTS)
              + " "
              + pick(random, VERBS)
              + " "
              + pick(random, objects)
              + ".";
      text.append(Character.toUpperCase(sentence.charAt(0)))
          .append(sentence.substring(1))
          .append(n % 60 < 18 ? "\n\n" : " ");
      n += sentence.split(" ").length;
    }
    return text.toString().strip();
  }

  private static String pick(Random random, List<String> from) {
    return from.get(random.nextInt(from.size()));
  }

  private static String guide(List<String> ids) {
    var blocks =
        Map.of(
            "intro", prose("intro", 55),
            "what", prose("what", 110),
            "steps",
                "1. Weigh the **Flour (g)** and type it.\n2. Choose the **Ratio**.\n3. Press **Work it out** and read the result.\n4. Write the number down.",
            "example", "With 100 grams of flour and a ratio of 2 the tool shows 50.",
            "limits", prose("limits", 40));
    return ids.stream()
        .map(id -> "@@" + id + "@@\n" + blocks.get(id))
        .collect(Collectors.joining("\n\n"));
  }

  private static String faq(Request request) {
    var ids = new ArrayList<String>();
    QUESTION.matcher(request.system()).results().forEach(m -> ids.add(m.group(1)));
    return Json.text(
        Map.of(
            "items",
            ids.stream()
                .distinct()
                .map(id -> Map.of("id", id, "answer", prose("faq" + id, 60)))
                .toList()));
  }

  static final String PLAN =
      """
      {"primary_keyword": "sourdough starter", "title": "Sourdough Starter: Feeding Ratios That Work",
       "meta_description": "How to feed a sourdough starter, which ratio suits your kitchen, and what to do when it stops rising, with a small calculator for flour and starter.",
       "keywords": ["sourdough", "starter", "feeding"], "summary": "A starter lives from its feedings. This page explains the ratio behind them.",
       "section_1": {"title": "How a starter lives", "headings": [
         {"text": "What lives in the jar", "points": ["yeasts and bacteria", "why it smells"], "words": 240},
         {"text": "Reading the signs of hunger", "points": ["bubbles", "smell and colour"], "words": 240},
         {"text": "Water, flour and warmth", "points": ["temperature", "kinds of flour"], "words": 240}]},
       "section_2": {"title": "Choices and mistakes", "headings": [
         {"text": "Choosing a ratio for your week", "points": ["daily baking", "baking at weekends"], "words": 240},
         {"text": "When nothing rises", "points": ["cold rooms", "tired cultures"], "words": 240},
         {"text": "Keeping it in the fridge", "points": ["how long", "waking it up"], "words": 240}]},
       "faq": ["How often should I feed it", "Can I use tap water?", "Why does it smell of vinegar?", "How long does it keep?"],
       "tool": {"name": "Feeding calculator", "kind": "calculator", "purpose": "Works out how much starter to keep for an amount of flour.",
         "inputs": [{"id": "flour", "label": "Flour (g)", "type": "number", "example": 100}, {"id": "ratio", "label": "Ratio", "type": "number", "example": "2"}],
         "outputs": [{"id": "starter", "label": "Starter to keep"}], "rule": "starter = flour / ratio",
         "tests": [{"set": {"flour": 100, "ratio": 2}, "expect": [{"output": "starter", "number": 50}]}, {"set": {"flour": "90", "ratio": "3"}, "expect": [{"output": "starter", "number": 30}]}]},
       "image": {"prompt": "A jar of bubbling dough on a wooden table", "alt": "A jar of sourdough starter"}}""";

  static final String TOOL =
      """
      <!DOCTYPE html>
      <html>
      <head><meta charset="utf-8"><style>body{font-family:sans-serif;margin:1rem}label{display:block}</style></head>
      <body>
      <h2>Feeding calculator</h2>
      <form id="tool-form">
        <label for="flour">Flour (g)</label><input id="flour" type="number" value="100">
        <label for="ratio">Ratio</label><input id="ratio" type="number" value="2">
        <button id="tool-run">Work it out</button>
      </form>
      <p id="tool-message" role="status"></p>
      <p>Starter to keep: <output id="starter" aria-live="polite"></output></p>
      <script>
      const $ = id => document.getElementById(id);
      $('tool-form').addEventListener('submit', e => {
        e.preventDefault();
        const flour = Number($('flour').value), ratio = Number($('ratio').value);
        if (!(flour > 0) || !(ratio > 0)) { $('tool-message').textContent = 'Both numbers must be above zero.'; $('starter').textContent = ''; return; }
        $('tool-message').textContent = ''; $('starter').textContent = (flour / ratio).toFixed(1); // grams
      });
      </script>
      </body>
      </html>""";

  @Override
  public void close() {
    server.stop(0);
  }
}
