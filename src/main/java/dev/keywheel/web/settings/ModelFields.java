package dev.keywheel.web.settings;

import dev.keywheel.article.operation.conversation.ModelRole;
import dev.keywheel.article.operation.conversation.Models;
import dev.keywheel.problem.Rejected;
import dev.keywheel.problem.Rejections;
import dev.keywheel.web.form.Form;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Text areas with the models of each role, one id per line. */
final class ModelFields {
  private static final int MAX_MODELS = 20;
  private static final int LONGEST_ID = 200;
  private static final Pattern ID = Pattern.compile("[\\p{Alnum}._~@-]+(/[\\p{Alnum}._~@:-]+)+");

  private ModelFields() {}

  static List<GeneralPage.ModelList> of(String provider) {
    return Stream.of(ModelRole.values())
        .map(
            modelRole ->
                new GeneralPage.ModelList(
                    field(provider, modelRole), modelRole.label(), hint(modelRole)))
        .toList();
  }

  private static String hint(ModelRole modelRole) {
    return switch (modelRole) {
      case PLANNER -> "Title, description and outline.";
      case CODER -> "The tool.";
      case CHECKER -> "Reviews the tool. A model other than the coder's finds more errors.";
      case WRITER -> "Guide, sections, FAQ.";
      case IMAGE -> "Cover image. Needs credit; otherwise a built-in cover is used.";
    };
  }

  /** The field for the models of a role. */
  static String field(String provider, ModelRole modelRole) {
    return "models_" + provider + "_" + modelRole.code();
  }

  /**
   * @throws Rejected with an error for each invalid field
   */
  static Models read(String provider, Form form) {
    return new Models(
        Rejections.collect(
            fields -> {
              Map<ModelRole, List<String>> roles = new EnumMap<>(ModelRole.class);
              for (var modelRole : ModelRole.values()) {
                var field = field(provider, modelRole);
                fields.check(
                    () -> roles.put(modelRole, checked(field, modelRole, form.raw(field))));
              }
              return roles;
            }));
  }

  private static List<String> checked(String field, ModelRole modelRole, String text) {
    var ids = text.lines().map(String::strip).filter(id -> !id.isEmpty()).distinct().toList();
    if (ids.isEmpty()) {
      throw new Rejected(field, modelRole.label() + ": name at least one model.");
    }
    if (ids.size() > MAX_MODELS) {
      throw new Rejected(field, modelRole.label() + ": at most " + MAX_MODELS + " models.");
    }
    for (var id : ids) {
      if (id.length() > LONGEST_ID || !ID.matcher(id).matches()) {
        throw new Rejected(
            field,
            "“%s” is not the id of a model, such as z-ai/glm-4.5-air:free."
                .formatted(id.substring(0, Math.min(60, id.length()))));
      }
    }
    return ids;
  }
}
