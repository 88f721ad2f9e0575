package dev.keywheel.gateway.stream;

import static dev.keywheel.provider.classify.Completion.tokens;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keywheel.provider.Usage;
import dev.keywheel.provider.classify.Completion;

/** Reads the usage of an answer, whichever API's field names it uses. */
final class UsageReader {
  private UsageReader() {}

  static Usage read(JsonNode usage) {
    Usage named = Completion.usage(usage);
    return new Usage(
        Math.max(
            named.promptTokens(),
            tokens(usage, "input_tokens")
                + tokens(usage, "cache_read_input_tokens")
                + tokens(usage, "cache_creation_input_tokens")),
        Math.max(named.completionTokens(), tokens(usage, "output_tokens")),
        Math.max(
            named.reasoningTokens(), tokens(usage, "output_tokens_details", "reasoning_tokens")),
        named.cost(),
        named.costKnown());
  }

  /** Merges two reports about one answer: the larger values count, as they are running totals. */
  static Usage merge(Usage before, Usage now) {
    return new Usage(
        Math.max(before.promptTokens(), now.promptTokens()),
        Math.max(before.completionTokens(), now.completionTokens()),
        Math.max(before.reasoningTokens(), now.reasoningTokens()),
        before.cost().max(now.cost()),
        before.costKnown() || now.costKnown());
  }
}
