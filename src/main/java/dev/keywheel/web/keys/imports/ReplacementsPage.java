package dev.keywheel.web.keys.imports;

import dev.keywheel.web.form.Fields;
import dev.keywheel.web.keys.list.KeyListPage;
import dev.keywheel.web.page.NumberFormats;
import java.util.List;

/**
 * The form to paste new secrets for failed keys.
 *
 * @param provider name of the chosen provider
 * @param providers the providers with failed keys
 * @param names names of failed keys, in the order in which they get the secrets without a name
 * @param more number of failed keys that are not in {@code names}
 */
public record ReplacementsPage(
    Fields fields,
    String provider,
    List<KeyListPage.Choice> providers,
    List<String> names,
    int more) {

  /** {@code Failed Sandbox keys}. */
  public String title() {
    String label =
        providers.stream()
            .filter(choice -> choice.value().equals(provider))
            .map(choice -> choice.label() + " ")
            .findFirst()
            .orElse("");
    return "Failed " + label + (names.size() + more == 1 ? "key" : "keys");
  }

  public String moreText() {
    return "and " + NumberFormats.counted(more, "more key");
  }
}
