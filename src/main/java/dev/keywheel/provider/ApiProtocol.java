package dev.keywheel.provider;

/** An API protocol whose requests the gateway passes to the provider without translation. */
public enum ApiProtocol {
  /** OpenAI's Chat Completions API. */
  CHAT,
  /** OpenAI's older text Completions API. */
  COMPLETIONS,
  /** OpenAI's Responses API. */
  RESPONSES,
  /** Anthropic's Messages API. */
  MESSAGES,
  EMBEDDINGS
}
