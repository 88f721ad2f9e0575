package dev.keywheel.web.settings;

import static java.util.stream.Collectors.joining;

import dev.keywheel.article.edit.PublicationSettings;
import dev.keywheel.article.operation.conversation.ModelRole;
import dev.keywheel.article.operation.conversation.Models;
import dev.keywheel.article.run.model.RunSettings;
import dev.keywheel.assignment.AssignmentSettings;
import dev.keywheel.key.state.PoolSeating;
import dev.keywheel.people.factor.SignInSettings;
import dev.keywheel.problem.Rejected;
import dev.keywheel.recovery.store.RecoverySettings;
import dev.keywheel.retention.RetentionSettings;
import dev.keywheel.web.form.EditConflict;
import dev.keywheel.web.form.Fields;
import dev.keywheel.web.form.Form;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Settings that one form changes.
 *
 * @param form the end of the path of the form
 * @param name the name under which the settings are stored and recorded in the audit log
 * @param settings the settings in the order in which a message lists them; the message that another
 *     user changed them is shown at the field of the first one
 */
record SettingsGroup<T>(
    String form, String name, Class<T> type, T fallback, List<Setting<T>> settings) {
  static final SettingsGroup<AssignmentSettings> RULE =
      new SettingsGroup<>(
          "rule",
          AssignmentSettings.SETTING,
          AssignmentSettings.class,
          AssignmentSettings.DEFAULT,
          List.of(
              Setting.of("required", "Keys a run needs", "required", AssignmentSettings::required),
              Setting.of(
                  "minimum", "Minimum of active keys", "minimum", AssignmentSettings::minimum)));

  static final SettingsGroup<RecoverySettings> TESTS =
      new SettingsGroup<>(
          "tests",
          RecoverySettings.NAME,
          RecoverySettings.class,
          RecoverySettings.DEFAULT,
          List.of(
              Setting.of("atOnce", "Concurrent key tests", "at once", RecoverySettings::atOnce),
              Setting.of(
                  "deadlineSeconds",
                  "Timeout in seconds",
                  "deadline in seconds",
                  RecoverySettings::deadlineSeconds)));

  static final SettingsGroup<RunSettings> RUNS =
      new SettingsGroup<>(
          "runs",
          RunSettings.SETTING,
          RunSettings.class,
          RunSettings.DEFAULT,
          List.of(
              Setting.of("runsAtOnce", "Concurrent runs", "at once", RunSettings::atOnce),
              Setting.of(
                  "waitHours", "Hours to wait for a key", "hours to wait", RunSettings::waitHours),
              Setting.of("retries", "Automatic retries", "retries", RunSettings::retries)));

  /** These settings are stored with the pools, not in the settings store. */
  static final SettingsGroup<PoolSeating> GATEWAY =
      new SettingsGroup<>(
          "gateway",
          "gateway",
          PoolSeating.class,
          new PoolSeating(false, 0, null),
          List.of(
              new Setting<>(
                  "callsPerKey",
                  "Concurrent calls per key",
                  "calls of a key at once",
                  seating -> seating.callsPerKey() == 0 ? "" : "" + seating.callsPerKey(),
                  seating -> seating.callsPerKey() == 0 ? "no limit" : seating.callsPerKey()),
              Setting.checkbox(
                  "byAccount",
                  "A conversation uses the keys of one account",
                  "conversations",
                  PoolSeating::byAccount,
                  seating -> seating.byAccount() ? "keys of one account" : "any key")));

  static final SettingsGroup<PublicationSettings> PUBLISHING =
      new SettingsGroup<>(
          "publishing",
          PublicationSettings.NAME,
          PublicationSettings.class,
          PublicationSettings.DEFAULT,
          List.of(
              Setting.of("site", "Public site address", "site", PublicationSettings::site),
              Setting.of("author", "Author", "author", PublicationSettings::author),
              Setting.of("publisher", "Publisher", "publisher", PublicationSettings::publisher)));

  static final SettingsGroup<RetentionSettings> RETENTION =
      new SettingsGroup<>(
          "retention",
          RetentionSettings.NAME,
          RetentionSettings.class,
          RetentionSettings.DEFAULT,
          List.of(
              Setting.of(
                  "logDays", "Days to keep log lines", "log days", RetentionSettings::logDays),
              Setting.of(
                  "historyDays",
                  "Days to keep key history and tests",
                  "history days",
                  RetentionSettings::historyDays),
              Setting.of(
                  "rawDays",
                  "Days to keep raw replies",
                  "raw reply days",
                  RetentionSettings::rawDays),
              Setting.of(
                  "gatewayDays",
                  "Days to keep gateway requests",
                  "gateway request days",
                  RetentionSettings::gatewayDays),
              Setting.of(
                  "previewDays",
                  "Days to keep import previews",
                  "preview days",
                  RetentionSettings::previewDays),
              Setting.of(
                  "articleTrashDays",
                  "Days to keep deleted articles",
                  "article trash days",
                  RetentionSettings::articleTrashDays),
              new Setting<>(
                  "auditDays",
                  "Days to keep the audit log",
                  "audit log days",
                  kept -> kept.auditDays() == 0 ? "" : "" + kept.auditDays(),
                  kept -> kept.auditDays() == 0 ? "forever" : kept.auditDays())));

  static final SettingsGroup<SignInSettings> SIGN_IN =
      new SettingsGroup<>(
          "sign-in",
          SignInSettings.NAME,
          SignInSettings.class,
          SignInSettings.DEFAULT,
          List.of(
              Setting.checkbox(
                  SignInSettings.FOR_ADMINS,
                  "Second factor required for administrators",
                  "second factor for administrators",
                  SignInSettings::secondFactorForAdmins,
                  rules -> rules.secondFactorForAdmins() ? "required" : "optional")));

  /** The model lists of a provider. */
  static SettingsGroup<Models> models(String provider) {
    return new SettingsGroup<>(
        "models/" + provider,
        Models.setting(provider),
        Models.class,
        Models.DEFAULT,
        Stream.of(ModelRole.values())
            .map(
                modelRole ->
                    new Setting<Models>(
                        ModelFields.field(provider, modelRole),
                        modelRole.label(),
                        modelRole.code(),
                        lists -> String.join("\n", lists.of(modelRole)),
                        lists -> String.join(" ", lists.of(modelRole))))
            .toList());
  }

  /**
   * One setting.
   *
   * @param field name of the form field
   * @param label label of the form field
   * @param name name of the setting in the audit log
   * @param empty how a message names an empty field: {@code off} for a checkbox
   * @param entered the text of the field; {@code on} or empty for a checkbox
   * @param recorded the value in the audit log
   */
  record Setting<T>(
      String field,
      String label,
      String name,
      String empty,
      Function<T, String> entered,
      Function<T, Object> recorded) {
    Setting(
        String field,
        String label,
        String name,
        Function<T, String> entered,
        Function<T, Object> recorded) {
      this(field, label, name, "empty", entered, recorded);
    }

    static <T> Setting<T> of(String field, String label, String name, Function<T, Object> value) {
      return new Setting<>(field, label, name, group -> value.apply(group).toString(), value);
    }

    static <T> Setting<T> checkbox(
        String field,
        String label,
        String name,
        Predicate<T> ticked,
        Function<T, Object> recorded) {
      return new Setting<>(
          field, label, name, "off", group -> ticked.test(group) ? "on" : "", recorded);
    }

    /** The value in a message. */
    String shown(T group) {
      String text = entered.apply(group);
      return text.isEmpty() ? empty : text.replace("\n", ", ");
    }
  }

  /** The values by name, for the audit log. */
  Map<String, Object> details(T group) {
    var details = new LinkedHashMap<String, Object>();
    settings.forEach(setting -> details.put(setting.name(), setting.recorded().apply(group)));
    return details;
  }

  /**
   * Adds the values of this group.
   *
   * @param saved settings by form
   */
  Fields filled(Fields fields, Map<String, Object> saved) {
    T group = type.cast(saved.get(form));
    for (var setting : settings) {
      fields = fields.with(setting.field(), setting.entered().apply(group));
    }
    return fields;
  }

  /** Rejects a change to {@code now} by a form that was opened before {@code now} was saved. */
  void requireSeen(Form sent, T now, T wanted) {
    if (!wanted.equals(now)) {
      EditConflict.check(
          sent, now, new Rejected(settings.getFirst().field(), changed(now, wanted)));
    }
  }

  private String changed(T now, T wanted) {
    return settings.stream()
        .filter(setting -> !setting.entered().apply(now).equals(setting.entered().apply(wanted)))
        .map(setting -> "“" + setting.label() + "” is " + setting.shown(now))
        .collect(
            joining(
                ", ",
                "These settings were changed after you opened this page. Saved values that differ"
                    + " from yours: ",
                ". Save again to replace them."));
  }
}
