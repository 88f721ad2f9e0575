package dev.keywheel.web.gateway;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Sample code for a program that uses the gateway.
 *
 * @param name the name of the program or language
 */
public record Snippet(String name, String code) {
  /** A model id that needs no escaping in any of the languages. */
  private static final Pattern PLAIN = Pattern.compile("[\\w~@.:/+-]+");

  /** A placeholder for a model that the user has to choose. */
  static final String EXAMPLE = "anthropic/claude-sonnet-4.5";

  /**
   * @param origin the origin of this server, without a path
   * @param token a secret, or a placeholder for it
   * @param usable a model that the token can use; replaced by an example if a shell could interpret
   *     its characters
   */
  static List<Snippet> of(String origin, String token, String usable) {
    String model = PLAIN.matcher(usable).matches() ? usable : EXAMPLE;
    return List.of(
        new Snippet("curl", filled(CURL, origin, token, model)),
        new Snippet("Node", filled(NODE, origin, token, model)),
        new Snippet("Python", filled(PYTHON, origin, token, model)),
        new Snippet("Java", filled(JAVA, origin, token, model)),
        new Snippet("Claude Code", filled(CLAUDE_CODE, origin, token, model)),
        new Snippet("Codex", filled(CODEX, origin, token, model)));
  }

  public String id() {
    return "snippet-" + name.toLowerCase(Locale.ROOT).replace(' ', '-');
  }

  private static String filled(String code, String origin, String token, String model) {
    return code.replace("{origin}", origin)
        .replace("{token}", token)
        .replace("{model}", model)
        .strip();
  }

  private static final String CURL =
      """
      curl {origin}/v1/chat/completions \\
        -H "Authorization: Bearer {token}" \\
        -H "Content-Type: application/json" \\
        -d '{"model": "{model}", "messages": [{"role": "user", "content": "Hello"}]}'
      """;

  private static final String NODE =
      """
      import OpenAI from "openai";

      const client = new OpenAI({ baseURL: "{origin}/v1", apiKey: "{token}" });
      const answer = await client.chat.completions.create({
        model: "{model}",
        messages: [{ role: "user", content: "Hello" }],
      });
      console.log(answer.choices[0].message.content);
      """;

  private static final String PYTHON =
      """
      from openai import OpenAI

      client = OpenAI(base_url="{origin}/v1", api_key="{token}")
      answer = client.chat.completions.create(
          model="{model}",
          messages=[{"role": "user", "content": "Hello"}],
      )
      print(answer.choices[0].message.content)
      """;

  private static final String JAVA =
      """
      // com.openai:openai-java
      OpenAIClient client =
          OpenAIOkHttpClient.builder().baseUrl("{origin}/v1").apiKey("{token}").build();
      ChatCompletion answer =
          client.chat().completions().create(
              ChatCompletionCreateParams.builder().model("{model}").addUserMessage("Hello").build());
      System.out.println(answer.choices().get(0).message().content().orElse(""));
      """;

  private static final String CLAUDE_CODE =
      """
      export ANTHROPIC_BASE_URL={origin}
      export ANTHROPIC_AUTH_TOKEN={token}
      export ANTHROPIC_DEFAULT_HAIKU_MODEL={model}
      claude --model {model}
      """;

  private static final String CODEX =
      """
      # The values of -c can also be stored in ~/.codex/config.toml.
      export KEYWHEEL_TOKEN={token}
      codex -m "{model}" -c model_provider=keywheel \\
        -c 'model_providers.keywheel={name="Keywheel", base_url="{origin}/v1", env_key="KEYWHEEL_TOKEN", wire_api="responses"}'
      """;
}
