package dev.keywheel.provider;

/** A way to talk to a model that clients use as it is, without translation. */
public enum ApiProtocol {
  /** OpenAI's chat completions. */
  CHAT,
  /** OpenAI's older text completions. */
  COMPLETIONS,
  /** OpenAI's Responses. */
  RESPONSES,
  /** Anthropic's Messages. */
  MESSAGES,
  EMBEDDINGS
}
