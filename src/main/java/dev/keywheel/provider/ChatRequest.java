package dev.keywheel.provider;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A request to a text model.
 *
 * @param model the provider's id of the model, for instance {@code openai/gpt-4o-mini}
 * @param messages at least one
 * @param maxTokens upper bound of the completion; raised to {@value #MIN_TOKENS}, because some
 *     models refuse less
 * @param temperature 0 to 2
 * @param deadline time limit of the whole exchange, including the body of the answer
 * @param fields JSON texts by the name of a top-level request field; each is added, or replaces the
 *     field of that name
 */
public record ChatRequest(
    String model,
    List<ChatMessage> messages,
    int maxTokens,
    double temperature,
    ReplyFormat format,
    Duration deadline,
    Map<String, String> fields) {

  static final int MIN_TOKENS = 16;

  public ChatRequest {
    messages = List.copyOf(messages);
    maxTokens = Math.max(maxTokens, MIN_TOKENS);
  }

  public ChatRequest(
      String model,
      List<ChatMessage> messages,
      int maxTokens,
      double temperature,
      ReplyFormat format,
      Duration deadline) {
    this(model, messages, maxTokens, temperature, format, deadline, Map.of());
  }
}
