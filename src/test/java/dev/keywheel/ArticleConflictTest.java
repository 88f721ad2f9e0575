package dev.keywheel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.HttpBrowser;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Two users who edit the same part of an article. */
class ArticleConflictTest {
  @AutoClose private static final RunningApp app = RunningApp.withAdministrator();
  private final HttpBrowser admin = app.administrator();

  @Test
  void a_text_that_conflicts_with_a_newer_version_is_kept_and_can_replace_it() {
    admin.post("/keys/samples");
    var part = app.generate("bread") + "/parts/section_1";
    var opened = admin.get(part).page().select("[name=source]").val();
    save(part, "1", opened.replaceFirst("@@\n", "$0Theirs. "));

    var mine = opened.replaceFirst("@@\n", "$0Mine. ");
    var refused = save(part, "1", mine);

    assertThat(refused.status()).isEqualTo(409);
    assertThat(refused.text())
        .contains("Version 2 was saved after you opened it; yours is based on version 1.")
        .contains("From version 1 to version 2");
    assertThat(refused.page().select(".diff-added").text()).contains("Theirs.");
    assertThat(refused.page().select("[name=source]").val()).isEqualTo(mine);
    var basedOn = refused.page().select("[name=based_on]").val();
    assertThat(save(part, basedOn, mine).status()).isEqualTo(303);
    assertThat(admin.get(part).page().select("[name=source]").val()).contains("Mine.");
  }

  private HttpBrowser.Answer save(String part, String basedOn, String source) {
    return admin.post(
        part + "/versions",
        List.of(Map.entry("based_on", basedOn), Map.entry("source", source)),
        admin.token());
  }
}
