package dev.keywheel.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keywheel.article.operation.conversation.TextOperation;
import dev.keywheel.db.Json;
import dev.keywheel.sandbox.server.Sandbox;
import dev.keywheel.sandbox.server.SandboxOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Locale;
import java.util.Map;

/** Sends the application's questions directly to its own sandbox, without a pool of keys. */
final class SandboxQuestions implements AutoCloseable {
  private final Sandbox sandbox = Sandbox.start(SandboxOptions.instant());
  private final HttpClient client = HttpClient.newHttpClient();
  private final URI address = URI.create(sandbox.baseUrl() + "/chat/completions");

  /** The text of the answer to a key with this behaviour. */
  String answer(TextOperation<?> operation, String behaviour) {
    return choice(operation, behaviour).at("/message/content").asText();
  }

  /** The answer with its finish reason. */
  JsonNode choice(TextOperation<?> operation, String behaviour) {
    var prompt = operation.prompt();
    var messages =
        prompt.messages().stream()
            .map(m -> Map.of("role", m.role().name().toLowerCase(Locale.ROOT), "content", m.text()))
            .toList();
    var body =
        Map.of("model", "openrouter/free", "max_tokens", prompt.maxTokens(), "messages", messages);
    var request =
        HttpRequest.newBuilder(address)
            .header("Authorization", "Bearer sk-or-demo-" + behaviour)
            .POST(HttpRequest.BodyPublishers.ofString(Json.text(body)))
            .build();
    try {
      return Json.MAPPER
          .readTree(client.send(request, BodyHandlers.ofString()).body())
          .at("/choices/0");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    client.close();
    sandbox.close();
  }
}
