package dev.keywheel.gateway.token;

import dev.keywheel.db.StoredEnum;

/** What a client asks of the gateway; one for each endpoint that an access token may be for. */
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
