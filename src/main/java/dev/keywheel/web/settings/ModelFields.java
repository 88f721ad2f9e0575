package dev.keywheel.web.settings;

import dev.keywheel.article.operation.Models;
import dev.keywheel.article.operation.Role;
import dev.keywheel.problem.Refused;
import dev.keywheel.web.Fields;
import dev.keywheel.web.Form;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The text areas with the models of each role: one id a line. */
final class ModelFields {
  private static final int MOST = 20;
  private static final int LONGEST_ID = 200;
  private static final Pattern ID = Pattern.compile("[\\p{Alnum}._~@-]+(/[\\p{Alnum}._~@:-]+)+");

  private ModelFields() {}

  static List<GeneralPage.ModelList> of(String provider) {
    return Stream.of(Role.values())
        .map(role -> new GeneralPage.ModelList(field(provider, role), role.label(), hint(role)))
        .toList();
  }

  private static String hint(Role role) {
    return switch (role) {
      case PLANNER -> "Meta and contents.";
      case CODER -> "The tool.";
      case CHECKER -> "The check of the tool; another model than the coder's finds more.";
      case WRITER -> "Guide, sections, FAQ.";
      case IMAGE -> "The picture. Needs credit; without it a drawn cover stands in.";
    };
  }

  private static String field(String provider, Role role) {
    return "models_" + provider + "_" + role.word();
  }

  static Fields filled(Fields fields, String provider, Models models) {
    for (var role : Role.values()) {
      fields = fields.with(field(provider, role), String.join("\n", models.of(role)));
    }
    return fields;
  }

  /**
   * @throws Refused at the field that cannot be used
   */
  static Models read(String provider, Form form) {
    Map<Role, List<String>> roles = new EnumMap<>(Role.class);
    for (var role : Role.values()) {
      var field = field(provider, role);
      roles.put(role, checked(field, role, form.raw(field)));
    }
    return new Models(roles);
  }

  private static List<String> checked(String field, Role role, String text) {
    var ids = text.lines().map(String::strip).filter(id -> !id.isEmpty()).distinct().toList();
    if (ids.isEmpty()) {
      throw new Refused(field, role.label() + ": name at least one model.");
    }
    if (ids.size() > MOST) {
      throw new Refused(field, role.label() + ": at most " + MOST + " models.");
    }
    for (var id : ids) {
      if (id.length() > LONGEST_ID || !ID.matcher(id).matches()) {
        throw new Refused(
            field,
            "“"
                + id.substring(0, Math.min(60, id.length()))
                + "” is not the id of a model, such as"
                + " z-ai/glm-4.5-air:free.");
      }
    }
    return ids;
  }
}
