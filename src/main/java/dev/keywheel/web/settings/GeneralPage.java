package dev.keywheel.web.settings;

import dev.keywheel.retention.RetentionReport;
import dev.keywheel.web.form.Fields;
import dev.keywheel.web.page.Theme;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The general settings.
 *
 * @param fields {@code required}, {@code minimum}, {@code atOnce}, {@code deadlineSeconds}, {@code
 *     runsAtOnce}, {@code waitHours}, {@code retries}, {@code byAccount}, {@code callsPerKey},
 *     {@code site}, {@code author}, {@code publisher}, {@code secondFactorForAdmins}, the days of
 *     data retention and the model lists
 * @param saved the saved settings by the form that changes them
 * @param removed the results of those retention tasks that have removed something
 */
public record GeneralPage(
    Fields fields,
    Map<String, Object> saved,
    List<ModelLists> models,
    List<RetentionReport> removed,
    Theme theme) {
  /** The saved settings that a form changes. */
  public Object saved(String form) {
    return Objects.requireNonNull(saved.get(form));
  }

  /** Whether the model lists are expanded: those of the first provider, and those with an error. */
  public boolean open(ModelLists lists) {
    return lists.first()
        || lists.roles().stream().anyMatch(role -> fields.error(role.field()) != null);
  }

  /**
   * The model lists of one provider.
   *
   * @param first whether this is the first provider of the page
   */
  public record ModelLists(String provider, String label, List<ModelList> roles, boolean first) {}

  /**
   * The model list of one role.
   *
   * @param field name of the text area
   * @param hint purpose of the role
   */
  public record ModelList(String field, String label, String hint) {}
}
