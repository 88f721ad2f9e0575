package dev.keywheel.web.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class SnippetTest {
  @Test
  void claude_code_requests_only_models_that_the_token_can_use() {
    Snippet code =
        Snippet.of("https://keys.example.org", "kw1_…", "openai/gpt-4o-mini").stream()
            .filter(snippet -> snippet.name().equals("Claude Code"))
            .findFirst()
            .orElseThrow();
    assertThat(code.code())
        .contains("export ANTHROPIC_DEFAULT_HAIKU_MODEL=openai/gpt-4o-mini\n")
        .endsWith("claude --model openai/gpt-4o-mini");
  }

  @Test
  void a_model_id_with_shell_syntax_is_replaced_by_an_example() {
    var snippets = Snippet.of("https://keys.example.org", "kw1_…", "a/b'$(touch c)");
    assertThat(snippets)
        .isNotEmpty()
        .allSatisfy(
            snippet ->
                assertThat(snippet.code()).contains(Snippet.EXAMPLE).doesNotContain("touch"));
  }

  @Test
  void the_code_for_codex_is_one_script_for_the_shell() {
    Snippet code = Snippet.of("https://keys.example.org", "kw1_…", "openai/gpt-4o-mini").getLast();
    assertThat(code.name()).isEqualTo("Codex");
    assertThat(code.code())
        .contains("export KEYWHEEL_TOKEN=kw1_…\ncodex -m \"openai/gpt-4o-mini\" -c")
        .contains("base_url=\"https://keys.example.org/v1\"")
        .doesNotContain("[model_providers");
  }
}
