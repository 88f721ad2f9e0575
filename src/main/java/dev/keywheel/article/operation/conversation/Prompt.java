package dev.keywheel.article.operation.conversation;

import dev.keywheel.provider.ChatMessage;
import dev.keywheel.provider.MessageRole;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The first question of an operation.
 *
 * @param maxTokens limit of completion tokens for the reply
 * @param temperature 0 for the most likely reply; higher values vary it more
 * @param schema JSON Schema of the reply; empty if the reply is not JSON
 */
public record Prompt(
    String system, String user, int maxTokens, double temperature, Optional<String> schema) {

  public List<ChatMessage> messages() {
    return List.of(
        new ChatMessage(MessageRole.SYSTEM, system), new ChatMessage(MessageRole.USER, user));
  }

  /** The same question with a text appended to the user message. */
  public Prompt asking(String more) {
    return new Prompt(system, user + more, maxTokens, temperature, schema);
  }

  /** The first question, the reply, and a further question about it. */
  public List<ChatMessage> followedBy(String reply, String question) {
    var all = new ArrayList<>(messages());
    all.add(new ChatMessage(MessageRole.ASSISTANT, reply.isBlank() ? "(empty)" : reply));
    all.add(new ChatMessage(MessageRole.USER, question));
    return all;
  }
}
