package dev.keywheel.web.gateway;

import dev.keywheel.gateway.model.Alias;
import dev.keywheel.gateway.model.Alias.AliasTarget;
import dev.keywheel.problem.Rejected;
import dev.keywheel.web.form.Form;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** Reads the targets of an alias: one a line, {@code provider/model}. */
final class AliasForm {
  private static final int LONGEST = 8_000;

  private AliasForm() {}

  static List<AliasTarget> targets(Form form) {
    return Arrays.stream(form.text("targets", LONGEST).split("\\R"))
        .map(String::strip)
        .filter(line -> !line.isEmpty())
        .map(AliasForm::target)
        .toList();
  }

  private static AliasTarget target(String line) {
    int slash = line.indexOf('/');
    if (slash < 1) {
      throw new Rejected(
          "targets",
          "A target is a provider, a / and the id of a model, such as openrouter/openai/gpt-4o.");
    }
    return new AliasTarget(line.substring(0, slash), line.substring(slash + 1));
  }

  static String text(Alias alias) {
    return alias.targets().stream()
        .map(target -> target.provider() + "/" + target.model())
        .collect(Collectors.joining("\n"));
  }
}
