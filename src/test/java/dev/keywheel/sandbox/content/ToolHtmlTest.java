package dev.keywheel.sandbox.content;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.sandbox.base.SandboxJson;
import org.junit.jupiter.api.Test;

class ToolHtmlTest {
  @Test
  void a_brief_with_null_values_shows_none_of_them() {
    var brief =
        SandboxJson.read(
            """
            {"name": "Tea Timer", "purpose": null,
             "inputs": [{"id": "cups", "label": "Cups", "type": "number", "unit": null, "min": null, "example": null}],
             "outputs": [{"id": "minutes", "label": "Minutes", "unit": null}], "tests": []}
            """);
    assertThat(new ToolHtml(brief).document(1)).contains("Cups", "Minutes").doesNotContain("null");
  }

  @Test
  void markup_in_a_brief_is_shown_as_text() {
    var brief =
        SandboxJson.read(
            """
            {"name": "<b>{{css}}</b>", "purpose": "x",
             "inputs": [{"id": "a", "label": "</script>", "type": "number"}], "outputs": []}
            """);
    assertThat(new ToolHtml(brief).document(1))
        .contains("<h1>&lt;b&gt;&#123;&#123;css}}&lt;/b&gt;</h1>")
        .doesNotContain("</script>\",");
  }
}
