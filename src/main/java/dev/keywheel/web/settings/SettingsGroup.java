package dev.keywheel.web.settings;

import static java.util.stream.Collectors.joining;

import dev.keywheel.article.edit.Publishing;
import dev.keywheel.article.operation.conversation.Models;
import dev.keywheel.article.run.model.RunLimits;
import dev.keywheel.assignment.AssignmentSettings;
import dev.keywheel.key.state.PoolSeating;
import dev.keywheel.people.factor.SignInRules;
import dev.keywheel.problem.Rejected;
import dev.keywheel.recovery.store.RecoverySettings;
import dev.keywheel.retention.RetentionSettings;
import dev.keywheel.web.form.Form;
import dev.keywheel.web.form.SeenValue;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/**
 * Settings that one form changes.
 *
 * @param form the end of the path of the form
 * @param name under which they are stored, and recorded in the audit log
 * @param field the field that shows that they were changed after the form was opened
 * @param details the values by name, for the audit log and for users
 */
record SettingsGroup<T>(
    String form,
    String name,
    Class<T> type,
    T fallback,
    String field,
    Function<T, Map<String, ?>> details) {
  static final SettingsGroup<AssignmentSettings> RULE =
      new SettingsGroup<>(
          "rule",
          AssignmentSettings.SETTING,
          AssignmentSettings.class,
          AssignmentSettings.DEFAULT,
          "required",
          rule -> Map.of("required", rule.required(), "minimum", rule.minimum()));

  static final SettingsGroup<RecoverySettings> TESTS =
      new SettingsGroup<>(
          "tests",
          RecoverySettings.NAME,
          RecoverySettings.class,
          RecoverySettings.DEFAULT,
          "atOnce",
          tests ->
              Map.of("at once", tests.atOnce(), "deadline in seconds", tests.deadlineSeconds()));

  static final SettingsGroup<RunLimits> RUNS =
      new SettingsGroup<>(
          "runs",
          RunLimits.SETTING,
          RunLimits.class,
          RunLimits.DEFAULT,
          "runsAtOnce",
          runs ->
              Map.of(
                  "at once", runs.atOnce(),
                  "hours to wait", runs.waitHours(),
                  "retries", runs.retries()));

  /** Stored with the pools. */
  static final SettingsGroup<PoolSeating> GATEWAY =
      new SettingsGroup<>(
          "gateway",
          "gateway",
          PoolSeating.class,
          new PoolSeating(false, 0, null),
          "callsPerKey",
          seating ->
              Map.of(
                  "conversations", seating.byAccount() ? "keys of one account" : "any key",
                  "calls of a key at once",
                      seating.callsPerKey() == 0 ? "no limit" : seating.callsPerKey()));

  static final SettingsGroup<Publishing> PUBLISHING =
      new SettingsGroup<>(
          "publishing",
          Publishing.NAME,
          Publishing.class,
          Publishing.DEFAULT,
          "site",
          publishing ->
              Map.of(
                  "site", publishing.site(),
                  "author", publishing.author(),
                  "publisher", publishing.publisher()));

  static final SettingsGroup<RetentionSettings> RETENTION =
      new SettingsGroup<>(
          "retention",
          RetentionSettings.NAME,
          RetentionSettings.class,
          RetentionSettings.DEFAULT,
          "logDays",
          kept ->
              Map.of(
                  "log days", kept.logDays(),
                  "history days", kept.historyDays(),
                  "raw reply days", kept.rawDays(),
                  "preview days", kept.previewDays(),
                  "gateway request days", kept.gatewayDays(),
                  "article trash days", kept.articleTrashDays(),
                  "audit log days", kept.auditDays() == 0 ? "forever" : kept.auditDays()));

  static final SettingsGroup<SignInRules> SIGN_IN =
      new SettingsGroup<>(
          "sign-in",
          SignInRules.NAME,
          SignInRules.class,
          SignInRules.DEFAULT,
          SignInRules.FOR_ADMINS,
          rules ->
              Map.of(
                  "second factor for administrators",
                  rules.secondFactorForAdmins() ? "required" : "optional"));

  /** The model lists of a provider. */
  static SettingsGroup<Models> models(String provider) {
    return new SettingsGroup<>(
        "models/" + provider,
        Models.setting(provider),
        Models.class,
        Models.DEFAULT,
        ModelFields.of(provider).getFirst().field(),
        SettingsGroup::ids);
  }

  private static Map<String, String> ids(Models lists) {
    var details = new LinkedHashMap<String, String>();
    lists.roles().forEach((modelRole, ids) -> details.put(modelRole.code(), String.join(" ", ids)));
    return details;
  }

  /** Throws the rejection if the form was opened before {@code now} was saved. */
  void requireSeen(Form sent, T now, T wanted) {
    if (!wanted.equals(now)) {
      SeenValue.check(sent, now, new Rejected(field, changed(now, wanted)));
    }
  }

  private String changed(T now, T wanted) {
    Map<String, ?> entered = details.apply(wanted);
    return details.apply(now).entrySet().stream()
        .filter(entry -> !Objects.equals(entry.getValue(), entered.get(entry.getKey())))
        .map(entry -> entry.getKey() + " " + shown(entry.getValue()))
        .sorted()
        .collect(
            joining(
                ", ",
                "These settings were changed after you opened this page. Saved values that differ from yours: ",
                ". Save again to replace them."));
  }

  private static String shown(Object value) {
    return value.equals("") ? "empty" : value.toString();
  }
}
