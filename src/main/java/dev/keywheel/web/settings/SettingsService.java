package dev.keywheel.web.settings;

import dev.keywheel.article.edit.Publishing;
import dev.keywheel.article.operation.conversation.Models;
import dev.keywheel.article.run.model.RunLimits;
import dev.keywheel.assignment.AssignmentSettings;
import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.key.state.PoolSeating;
import dev.keywheel.people.InstanceAudit;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.people.factor.SignInRules;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.problem.Rejected;
import dev.keywheel.provider.Providers;
import dev.keywheel.recovery.store.RecoverySettings;
import dev.keywheel.retention.RetentionSettings;
import dev.keywheel.settings.SettingsStore;
import dev.keywheel.web.form.Fields;
import dev.keywheel.web.form.Form;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Reads and saves settings; each change is recorded in the audit log. */
final class SettingsService {
  private final Database db;
  private final KeyPool keys;
  private final SettingsStore settings;
  private final Providers providers;
  private final Audit audit;
  private final InstantSource clock;

  SettingsService(
      Database db,
      KeyPool keys,
      SettingsStore settings,
      Providers providers,
      Audit audit,
      InstantSource clock) {
    this.db = db;
    this.keys = keys;
    this.settings = settings;
    this.providers = providers;
    this.audit = audit;
    this.clock = clock;
  }

  void keep(Principal who, AssignmentSettings rule) {
    keep(
        who,
        AssignmentSettings.SETTING,
        rule,
        Map.of("required", rule.required(), "minimum", rule.minimum()));
  }

  void keep(Principal who, RecoverySettings tests) {
    keep(
        who,
        RecoverySettings.NAME,
        tests,
        Map.of("at once", tests.atOnce(), "deadline in seconds", tests.deadlineSeconds()));
  }

  void keep(Principal who, RunLimits runs) {
    keep(
        who,
        RunLimits.SETTING,
        runs,
        Map.of(
            "at once", runs.atOnce(),
            "hours to wait", runs.waitHours(),
            "retries", runs.retries()));
  }

  RunLimits runs(UUID workspace) {
    return RunLimits.of(settings, workspace);
  }

  /**
   * Saves how gateway requests get their keys.
   *
   * @throws Rejected if the workspace never had a key
   */
  void saveGatewayKeyRules(Principal who, boolean byAccount, int callsPerKey) {
    db.runTx(
        tx -> {
          if (!keys.status().setSeating(tx, who.workspaceId(), byAccount, callsPerKey)) {
            throw new Rejected(
                "callsPerKey", "Add keys first: this setting belongs to a pool of keys.");
          }
          audit.record(
              tx,
              who,
              AuditAction.CHANGED_SETTINGS,
              "gateway",
              Map.of(
                  "conversations", byAccount ? "keys of one account" : "any key",
                  "calls of a key at once", callsPerKey == 0 ? "no limit" : callsPerKey));
        });
  }

  Publishing publishing(UUID workspace) {
    return Publishing.of(settings, workspace);
  }

  void keep(Principal who, Publishing publishing) {
    keep(
        who,
        Publishing.NAME,
        publishing,
        Map.of(
            "site", publishing.site(),
            "author", publishing.author(),
            "publisher", publishing.publisher()));
  }

  void keep(Principal who, RetentionSettings kept) {
    keepInstance(
        who,
        RetentionSettings.NAME,
        kept,
        Map.of(
            "log days", kept.logDays(),
            "history days", kept.historyDays(),
            "raw reply days", kept.rawDays(),
            "preview days", kept.previewDays(),
            "gateway request days", kept.gatewayDays(),
            "article trash days", kept.articleTrashDays(),
            "audit log days", kept.auditDays() == 0 ? "forever" : kept.auditDays()));
  }

  void keep(Principal who, SignInRules rules) {
    keepInstance(
        who,
        SignInRules.NAME,
        rules,
        Map.of(
            "second factor for administrators",
            rules.secondFactorForAdmins() ? "required" : "optional"));
  }

  private void keepInstance(Principal who, String name, Object value, Map<String, ?> details) {
    db.runTx(
        tx -> {
          settings.writeInstance(tx, name, value, who.email(), clock.instant());
          InstanceAudit.record(audit, tx, who, AuditAction.CHANGED_SETTINGS, name, details);
        });
  }

  private void keep(Principal who, String name, Object value, Map<String, ?> details) {
    db.runTx(tx -> keep(tx, who, name, value, details));
  }

  private void keep(Tx tx, Principal who, String name, Object value, Map<String, ?> details) {
    settings.write(tx, who.workspaceId(), name, value, who.email(), clock.instant());
    audit.record(tx, who, AuditAction.CHANGED_SETTINGS, name, details);
  }

  /**
   * Saves the model lists of a provider.
   *
   * @throws dev.keywheel.problem.NotFound if the provider is unknown
   * @throws Rejected for the invalid fields
   */
  void keepModels(Principal who, String provider, Form form) {
    var lists = ModelFields.read(providers.byName(provider).name(), form);
    var details = new LinkedHashMap<String, String>();
    lists.roles().forEach((modelRole, ids) -> details.put(modelRole.code(), String.join(" ", ids)));
    db.runTx(
        tx -> {
          keys.status()
              .setTextClass(tx, new PoolId(who.workspaceId(), provider), lists.textClass());
          keep(tx, who, Models.setting(provider), lists, details);
        });
  }

  List<GeneralPage.ModelLists> models() {
    return providers.all().stream()
        .map(
            provider ->
                new GeneralPage.ModelLists(
                    provider.name(),
                    provider.label(),
                    ModelFields.of(provider.name()),
                    provider == providers.all().getFirst()))
        .toList();
  }

  /** Field values: the saved settings, overridden by submitted input. */
  Fields fields(UUID workspace, Fields sent) {
    var rule = AssignmentSettings.of(settings, workspace);
    var tests = RecoverySettings.of(settings, workspace);
    var runs = runs(workspace);
    var seating = keys.status().seating(workspace);
    var publishing = publishing(workspace);
    var kept =
        settings.readInstance(
            RetentionSettings.NAME, RetentionSettings.class, RetentionSettings.DEFAULT);
    var fields =
        Fields.none()
            .with("logDays", kept.logDays())
            .with("historyDays", kept.historyDays())
            .with("rawDays", kept.rawDays())
            .with("previewDays", kept.previewDays())
            .with("auditDays", kept.auditDays())
            .with("gatewayDays", kept.gatewayDays())
            .with("articleTrashDays", kept.articleTrashDays())
            .with(
                SignInRules.FOR_ADMINS,
                SignInRules.of(settings).secondFactorForAdmins() ? "on" : "")
            .with("site", publishing.site())
            .with("author", publishing.author())
            .with("publisher", publishing.publisher())
            .with("required", rule.required())
            .with("minimum", rule.minimum())
            .with("atOnce", tests.atOnce())
            .with("deadlineSeconds", tests.deadlineSeconds())
            .with("runsAtOnce", runs.atOnce())
            .with("waitHours", runs.waitHours())
            .with("retries", runs.retries())
            .with("byAccount", seating.filter(PoolSeating::byAccount).isPresent() ? "on" : "")
            .with(
                "callsPerKey",
                seating
                    .map(PoolSeating::callsPerKey)
                    .filter(calls -> calls > 0)
                    .map(Object::toString)
                    .orElse(""));
    for (var provider : providers.all()) {
      var name = Models.setting(provider.name());
      var lists = settings.read(workspace, name, Models.class, Models.DEFAULT);
      fields = ModelFields.filled(fields, provider.name(), lists);
    }
    return fields.under(sent);
  }
}
