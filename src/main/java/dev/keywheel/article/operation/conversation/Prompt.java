package dev.keywheel.article.operation.conversation;

import dev.keywheel.provider.ChatMessage;
import dev.keywheel.provider.MessageRole;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The initial prompt of an operation.
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

  /** The same prompt with a text appended to the user message. */
  public Prompt withAppended(String more) {
    return new Prompt(system, user + more, maxTokens, temperature, schema);
  }

  /** The initial prompt, the reply, and a follow-up prompt about it. */
  public List<ChatMessage> followedBy(String reply, String followUp) {
    var all = new ArrayList<>(messages());
    all.add(new ChatMessage(MessageRole.ASSISTANT, reply.isBlank() ? "(empty)" : reply));
    all.add(new ChatMessage(MessageRole.USER, followUp));
    return all;
  }
}
