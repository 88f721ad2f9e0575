package dev.keywheel.web.gateway;

/**
 * The base URLs of the gateway for programs.
 *
 * @param origin of this server, without a path
 */
public record BaseUrl(String origin) {

  /** For SDKs of the OpenAI kind. */
  public String openAi() {
    return origin + "/v1";
  }

  /** For SDKs of the Anthropic kind, which add {@code /v1} themselves. */
  public String anthropic() {
    return origin;
  }
}
