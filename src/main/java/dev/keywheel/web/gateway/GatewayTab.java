package dev.keywheel.web.gateway;

/** The pages of the gateway, in order. */
public enum GatewayTab {
  REQUESTS("Requests", "/gateway/requests"),
  TOKENS("Tokens", "/gateway/tokens"),
  MODELS("Models", "/gateway/models");

  private final String label;
  private final String path;

  GatewayTab(String label, String path) {
    this.label = label;
    this.path = path;
  }

  public String label() {
    return label;
  }

  public String path() {
    return path;
  }
}
