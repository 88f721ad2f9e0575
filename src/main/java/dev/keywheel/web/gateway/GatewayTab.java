package dev.keywheel.web.gateway;

/** The pages of the gateway, in order. */
public enum GatewayTab {
  TOKENS("Tokens", "/gateway/tokens");

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
