package dev.keywheel.fault.history;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.keywheel.fault.history.History.Action;
import dev.keywheel.fault.history.History.Kind;
import dev.keywheel.fault.history.History.Result;
import dev.keywheel.support.Canary;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** Programs that use the gateways of both nodes and record the answers. */
final class GatewayClients {
  private static final String MODEL = "openai/gpt-oss-20b:free";

  private static final String LAST_LINE = "data: [DONE]";

  /** Some providers send no last line after the event with the finish reason. */
  private static final Pattern END = Pattern.compile("data: \\[DONE]|\"finish_reason\"\\s*:\\s*\"");

  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  private final List<Node> nodes;
  private final History history;
  private final String token;
  private final InstantSource clock = InstantSource.system();
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  GatewayClients(List<Node> nodes, History history, String token) {
    this.nodes = nodes;
    this.history = history;
    this.token = token;
  }

  /** An answer as a program perceives it. */
  enum Answer {
    /** The answer ended as its protocol requires. */
    COMPLETE,
    /** The connection ended, or the program stopped waiting. */
    INTERRUPTED,
    /** The answer reports an error: by its status, or by an event at the end of its stream. */
    ERROR,
    /** The answer looks complete but is not; no program can detect that. */
    TRUNCATED_UNNOTICED
  }

  /** Sends requests concurrently, and waits for all answers. */
  void ask(int node, int count, boolean streamed) {
    var threads =
        IntStream.range(0, count)
            .mapToObj(_ -> Thread.startVirtualThread(() -> ask(node, streamed)))
            .toList();
    for (var thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private void ask(int node, boolean streamed) {
    var id = "ask-" + UUID.randomUUID();
    var request =
        HttpRequest.newBuilder(URI.create(nodes.get(node).address() + "/v1/chat/completions"))
            .header("Authorization", "Bearer " + token)
            .header("Content-Type", "application/json")
            .header("x-client-request-id", id)
            .POST(HttpRequest.BodyPublishers.ofString(body(streamed)))
            .build();
    var body = new ByteArrayOutputStream();
    var status = new int[1];
    var invoked = clock.instant();
    boolean ended =
        receiveAll(
            request,
            head -> {
              status[0] = head.statusCode();
              return BodyHandlers.ofByteArrayConsumer(part -> part.ifPresent(body::writeBytes))
                  .apply(head);
            });
    var text = body.toString(UTF_8);
    Canary.watchOutput(text);
    var answer = answer(status[0], ended, streamed, text);
    history.add(
        new Action(
            Kind.ASK,
            node,
            id,
            invoked,
            clock.instant(),
            result(status[0], answer),
            status[0],
            answer.name()));
  }

  /** Sends the request, and returns whether the HTTP response is complete. */
  private boolean receiveAll(HttpRequest request, HttpResponse.BodyHandler<Void> reader) {
    var answer = client.sendAsync(request, reader);
    try {
      answer.get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (ExecutionException broken) {
      return false;
    } catch (TimeoutException late) {
      answer.cancel(true);
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  static Answer answer(int status, boolean ended, boolean streamed, String body) {
    if (status != 200) {
      return status == 0 ? Answer.INTERRUPTED : Answer.ERROR;
    }
    boolean whole = streamed ? END.matcher(body).find() : body.contains("\"choices\"");
    if (!ended) {
      // Without the end of the response, only the last line proves that the answer is complete.
      return streamed && body.contains(LAST_LINE) ? Answer.COMPLETE : Answer.INTERRUPTED;
    }
    if (streamed && body.contains("\"error\"")) {
      return Answer.ERROR;
    }
    return whole ? Answer.COMPLETE : Answer.TRUNCATED_UNNOTICED;
  }

  private static Result result(int status, Answer answer) {
    if (answer == Answer.COMPLETE) {
      return Result.OK;
    }
    return status / 100 == 4 ? Result.REFUSED : Result.UNKNOWN;
  }

  private static String body(boolean streamed) {
    return """
        {"model": "%s", "stream": %s, "messages": [{"role": "user", "content": "Count to ten."}]}"""
        .formatted(MODEL, streamed);
  }
}
