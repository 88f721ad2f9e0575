package dev.keywheel.web.gateway;

/**
 * The base URLs of the gateway for programs.
 *
 * @param origin the origin of this server, without a path
 */
public record BaseUrl(String origin) {

  /** The base URL for OpenAI-compatible SDKs. */
  public String openAi() {
    return origin + "/v1";
  }

  /** The base URL for Anthropic-compatible SDKs, which add {@code /v1} themselves. */
  public String anthropic() {
    return origin;
  }
}
