package dev.keywheel.sandbox.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.keywheel.sandbox.base.SandboxJson;
import dev.keywheel.sandbox.base.SandboxOperation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Calls a sandbox as the application does, over real HTTP. */
public final class Caller {
  /** A key with which every call succeeds. */
  public static final String KEY = "sk-or-demo-valid-01";

  static final String FREE_MODEL = "deepseek/deepseek-r1-0528:free";
  static final String PAID_MODEL = "openai/gpt-4o-mini";
  static final String IMAGE_MODEL = "google/gemini-2.5-flash-image";

  private static final Duration DEADLINE = Duration.ofSeconds(60);

  private final HttpClient client = HttpClient.newHttpClient();
  private final URI base;
  private final Duration deadline;

  public Caller(Sandbox sandbox) {
    this(sandbox.baseUrl(), DEADLINE);
  }

  private Caller(URI base, Duration deadline) {
    this.base = base;
    this.deadline = deadline;
  }

  /** A caller with this time limit, for calls that are not answered. */
  Caller within(Duration limit) {
    return new Caller(base, limit);
  }

  public record Answer(HttpResponse<String> response) {
    public int status() {
      return response.statusCode();
    }

    public JsonNode json() {
      return json(response.body());
    }

    /** The content, parsed as JSON. */
    public JsonNode contentJson() {
      return json(content());
    }

    private static JsonNode json(String text) {
      return SandboxJson.read(text.getBytes(java.nio.charset.StandardCharsets.UTF_8)).orElseThrow();
    }

    public JsonNode at(String pointer) {
      return json().at(pointer);
    }

    public String error() {
      return at("/error/message").asText();
    }

    public String content() {
      return at("/choices/0/message/content").asText();
    }

    public String finish() {
      return at("/choices/0/finish_reason").asText();
    }

    public String header(String name) {
      return response.headers().firstValue(name).orElse("");
    }
  }

  public Answer get(String path, String key) {
    return send(request(path, key).GET().build());
  }

  public Answer control(String page, String body) {
    return send(
        HttpRequest.newBuilder(base.resolve("/_control/" + page))
            .POST(BodyPublishers.ofString(body))
            .build());
  }

  public Answer post(String path, String key, JsonNode body) {
    return send(
        request(path, key)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(SandboxJson.text(body)))
            .build());
  }

  public Answer chat(String key, ObjectNode body) {
    return post("/chat/completions", key, body);
  }

  /** Calls a free model without further options. */
  public Answer chat(String key) {
    return chat(key, body(FREE_MODEL, "Say hello."));
  }

  public Answer operation(String key, SandboxOperation operation, String user) {
    return chat(key, operationBody(operation, user));
  }

  /** The plan of a page about this topic. */
  public JsonNode plan(String topic) {
    return operation(KEY, SandboxOperation.PLAN, planRequest(topic)).contentJson();
  }

  /** The texts of a section, heading by heading. */
  public List<String> section(JsonNode plan, int number) {
    var operation = number == 1 ? SandboxOperation.SECTION_1 : SandboxOperation.SECTION_2;
    var text = operation(KEY, operation, sectionRequest(plan, number)).content();
    return Stream.of(text.split("@@s\\d-\\d@@\\n"))
        .filter(block -> !block.isBlank())
        .map(String::strip)
        .toList();
  }

  public static ObjectNode operationBody(SandboxOperation operation, String user) {
    var body = SandboxJson.object().put("model", FREE_MODEL).put("max_tokens", 9000);
    body.withArray("/messages")
        .addObject()
        .put("role", "system")
        .put("content", "Operation: " + operation.title() + " (1 of 8)\nWrite in English.");
    return addMessage(body, "user", user);
  }

  public static ObjectNode body(String model, String user) {
    return addMessage(
        SandboxJson.object().put("model", model).put("max_tokens", 200), "user", user);
  }

  public static ObjectNode addMessage(ObjectNode body, String role, String text) {
    body.withArray("/messages").addObject().put("role", role).put("content", text);
    return body;
  }

  public static String planRequest(String topic) {
    return "Topic: <<<"
        + topic
        + ">>>\nWishes: <<<none>>>\n3 to 5 headings in each section. About 1200 words in each section.";
  }

  /** The request for operation 5 or 6, based on a plan. */
  public static String sectionRequest(JsonNode plan, int number) {
    var headings = plan.at("/section_" + number + "/headings");
    var request =
        new StringBuilder("Page: <<<" + plan.path("title").asText() + ">>>\n")
            .append("Main keyword: <<<" + plan.path("primary_keyword").asText() + ">>>\n")
            .append("Blocks to write:\n");
    IntStream.range(0, headings.size())
        .forEach(
            i -> {
              var heading = headings.get(i);
              request
                  .append("@@s" + number + "-" + (i + 1) + "@@ <<<")
                  .append(heading.path("text").asText())
                  .append(">>> about " + heading.path("words").asInt() + " words\n");
              heading.path("points").forEach(point -> request.append("- " + point.asText() + "\n"));
            });
    return request + "Headings that others write, not yours:\n- <<<Another one>>>";
  }

  private HttpRequest.Builder request(String path, String key) {
    var builder = HttpRequest.newBuilder(URI.create(base + path)).timeout(deadline);
    return key.isEmpty() ? builder : builder.header("Authorization", "Bearer " + key);
  }

  private Answer send(HttpRequest request) {
    try {
      return new Answer(client.send(request, BodyHandlers.ofString()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
