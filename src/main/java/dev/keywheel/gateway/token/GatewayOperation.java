package dev.keywheel.gateway.token;

import dev.keywheel.db.StoredEnum;

/** The operations of the gateway that an access token can be limited to; one per endpoint. */
public enum GatewayOperation implements StoredEnum {
  CHAT("/v1/chat/completions"),
  MESSAGES("/v1/messages"),
  RESPONSES("/v1/responses"),
  EMBEDDINGS("/v1/embeddings"),
  COMPLETIONS("/v1/completions"),
  MODELS("/v1/models");

  private final String path;

  GatewayOperation(String path) {
    this.path = path;
  }

  public String path() {
    return path;
  }
}
