package dev.keywheel.web.settings;

import dev.keywheel.retention.RetentionReport;
import dev.keywheel.web.form.Fields;
import dev.keywheel.web.page.Theme;
import java.util.List;

/**
 * The general settings.
 *
 * @param fields {@code required}, {@code minimum}, {@code atOnce}, {@code deadlineSeconds}, {@code
 *     runsAtOnce}, {@code waitHours}, {@code retries}, {@code site}, {@code author}, {@code
 *     publisher}, the days of the data retention and the lists of models
 * @param removed what the data retention has removed
 * @param theme as this browser has it
 */
public record GeneralPage(
    Fields fields, List<ModelLists> models, List<RetentionReport> removed, Theme theme) {

  /**
   * The lists of models of one provider.
   *
   * @param open whether they are shown at once: those of the first provider
   */
  public record ModelLists(String provider, String label, List<ModelList> roles, boolean open) {}

  /**
   * One list.
   *
   * @param field the name of its text area
   * @param hint what the role does
   */
  public record ModelList(String field, String label, String hint) {}
}
