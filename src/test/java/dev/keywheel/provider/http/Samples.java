package dev.keywheel.provider.http;

import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.ChatMessage;
import dev.keywheel.provider.ChatRequest;
import dev.keywheel.provider.CheckOutcome;
import dev.keywheel.provider.ImageRequest;
import dev.keywheel.provider.MessageRole;
import dev.keywheel.provider.ReplyFormat;
import dev.keywheel.provider.classify.Classifier;
import dev.keywheel.provider.http.Observation.End;
import dev.keywheel.provider.http.Observation.Reply;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.TreeMap;

/** Answers as providers send them, and the requests they answer. */
public final class Samples {
  public static final Instant NOW = Instant.parse("2026-11-24T10:00:00Z");
  public static final Instant MIDNIGHT = Instant.parse("2026-11-25T00:00:00Z");
  public static final String FREE_MODEL = "acme/writer:free";
  static final String PAID_MODEL = "acme/writer";
  static final Duration DEADLINE = Duration.ofSeconds(60);

  private Samples() {}

  public static Reply json(int status, String body, String... headers) {
    var all = new TreeMap<String, String>();
    all.put("content-type", "application/json");
    return reply(status, body, End.WHOLE, all, headers);
  }

  static Reply page(int status, String body, String... headers) {
    var all = new TreeMap<String, String>();
    all.put("content-type", "text/html; charset=UTF-8");
    return reply(status, body, End.WHOLE, all, headers);
  }

  static Reply ended(End end, String body, String... headers) {
    return reply(200, body, end, new TreeMap<>(), headers);
  }

  static Reply events(End end, String body) {
    return ended(end, body, "content-type", "text/event-stream");
  }

  private static Reply reply(
      int status, String body, End end, TreeMap<String, String> all, String... headers) {
    for (int i = 0; i < headers.length; i += 2) {
      all.put(headers[i], headers[i + 1]);
    }
    return new Reply(status, all, body.getBytes(StandardCharsets.UTF_8), end);
  }

  /** An error in the format of the provider. */
  public static String error(int code, String message, String metadata) {
    return "{\"error\":{\"code\":%d,\"message\":\"%s\",\"metadata\":%s},\"user_id\":\"user_1\"}"
        .formatted(code, message, metadata);
  }

  public static String error(int code, String message) {
    return "{\"error\":{\"code\":%d,\"message\":\"%s\"}}".formatted(code, message);
  }

  /** An answer of a model with this first choice. */
  static String answer(String choice) {
    return """
        {"id":"gen-1","model":"acme/writer-2","provider":"Acme","choices":[%s],
         "usage":{"prompt_tokens":25,"completion_tokens":10,"total_tokens":35,"cost":0.00014,
                  "completion_tokens_details":{"reasoning_tokens":4}},"new_field":[1]}"""
        .formatted(choice);
  }

  static ChatRequest chat(String model, ReplyFormat format) {
    return new ChatRequest(
        model,
        List.of(
            new ChatMessage(MessageRole.SYSTEM, "Operation: FAQ Generator (7 of 8)"),
            new ChatMessage(MessageRole.USER, "Write.")),
        400,
        0.4,
        format,
        DEADLINE);
  }

  static ChatRequest chat(String model) {
    return chat(model, new ReplyFormat.Text());
  }

  static ImageRequest image(String model) {
    return new ImageRequest(model, "A lighthouse", "16:9", 0, DEADLINE);
  }

  public static CallOutcome afterChat(String model, Observation seen) {
    return Classifier.call(seen, RequestContext.chat(chat(model)), NOW, 120);
  }

  public static CallOutcome afterChat(Observation seen) {
    return afterChat(PAID_MODEL, seen);
  }

  static CallOutcome afterStrictChat(Observation seen) {
    var strict = chat(PAID_MODEL, new ReplyFormat.JsonSchema("plan", "{}"));
    return Classifier.call(seen, RequestContext.chat(strict), NOW, 120);
  }

  static CallOutcome afterImage(Observation seen) {
    return Classifier.call(seen, RequestContext.image(image(PAID_MODEL)), NOW, 120);
  }

  static CheckOutcome afterCheck(Observation seen) {
    return Classifier.check(seen, NOW, 120);
  }
}
