package dev.keywheel.web.keys.imports;

import dev.keywheel.web.form.Fields;
import dev.keywheel.web.keys.list.KeyListPage;
import java.util.List;

/** The form to add keys; {@code fields} holds the typed values and their errors. */
public record NewKeysPage(
    Fields fields, List<KeyListPage.Choice> providers, boolean samplesAvailable) {

  public boolean chosen(KeyListPage.Choice provider) {
    return provider.value().equals(fields.value("provider"));
  }
}
