package dev.keywheel.web.settings;

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
import dev.keywheel.settings.SettingsStore;
import dev.keywheel.web.form.Fields;
import dev.keywheel.web.form.Form;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.UnaryOperator;

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

  /** Saves settings of the workspace that the form changes. */
  <T> void keep(Principal who, Form form, SettingsGroup<T> group, UnaryOperator<T> change) {
    db.runTx(tx -> keep(tx, who, form, group, change));
  }

  private <T> void keep(
      Tx tx, Principal who, Form form, SettingsGroup<T> group, UnaryOperator<T> change) {
    UUID workspace = who.workspaceId();
    T now =
        settings.lock(
            tx, workspace, group.name(), group.type(), group.fallback(), who.email(), at());
    T wanted = change.apply(now);
    group.requireSeen(form, now, wanted);
    settings.write(tx, workspace, group.name(), wanted, who.email(), at());
    audit.record(
        tx, who, AuditAction.CHANGED_SETTINGS, group.name(), group.details().apply(wanted));
  }

  /** Saves settings of all workspaces that the form changes. */
  <T> void keepInstance(Principal who, Form form, SettingsGroup<T> group, T wanted) {
    db.runTx(
        tx -> {
          T now =
              settings.lockInstance(
                  tx, group.name(), group.type(), group.fallback(), who.email(), at());
          group.requireSeen(form, now, wanted);
          settings.writeInstance(tx, group.name(), wanted, who.email(), at());
          InstanceAudit.record(
              audit,
              tx,
              who,
              AuditAction.CHANGED_SETTINGS,
              group.name(),
              group.details().apply(wanted));
        });
  }

  private Instant at() {
    return clock.instant();
  }

  /**
   * Saves how gateway requests get their keys.
   *
   * @throws Rejected if the workspace never had a key
   */
  void saveGatewayKeyRules(Principal who, Form form, PoolSeating wanted) {
    var group = SettingsGroup.GATEWAY;
    db.runTx(
        tx -> {
          keys.status()
              .lockSeating(tx, who.workspaceId())
              .ifPresent(now -> group.requireSeen(form, now, wanted));
          if (!keys.status()
              .setSeating(tx, who.workspaceId(), wanted.byAccount(), wanted.callsPerKey())) {
            throw new Rejected(
                "callsPerKey", "Add keys first: this setting belongs to a pool of keys.");
          }
          audit.record(
              tx, who, AuditAction.CHANGED_SETTINGS, group.name(), group.details().apply(wanted));
        });
  }

  /**
   * Saves the model lists of a provider.
   *
   * @throws dev.keywheel.problem.NotFound if the provider is unknown
   * @throws Rejected for the invalid fields
   */
  void keepModels(Principal who, String provider, Form form) {
    var lists = ModelFields.read(providers.byName(provider).name(), form);
    db.runTx(
        tx -> {
          keys.status()
              .setTextClass(tx, new PoolId(who.workspaceId(), provider), lists.textClass());
          keep(tx, who, form, SettingsGroup.models(provider), _ -> lists);
        });
  }

  /** The saved settings by the form that changes them. */
  Map<String, Object> saved(UUID workspace) {
    var saved = new HashMap<String, Object>();
    for (var group :
        List.of(
            SettingsGroup.RULE,
            SettingsGroup.TESTS,
            SettingsGroup.RUNS,
            SettingsGroup.PUBLISHING)) {
      saved.put(group.form(), read(workspace, group));
    }
    for (var provider : providers.all()) {
      var group = SettingsGroup.models(provider.name());
      saved.put(group.form(), read(workspace, group));
    }
    for (var group : List.of(SettingsGroup.RETENTION, SettingsGroup.SIGN_IN)) {
      saved.put(group.form(), readInstance(group));
    }
    var gateway = SettingsGroup.GATEWAY;
    saved.put(gateway.form(), keys.status().seating(workspace).orElse(gateway.fallback()));
    return saved;
  }

  private <T> T read(UUID workspace, SettingsGroup<T> group) {
    return settings.read(workspace, group.name(), group.type(), group.fallback());
  }

  private <T> T readInstance(SettingsGroup<T> group) {
    return settings.readInstance(group.name(), group.type(), group.fallback());
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
    var rule = read(workspace, SettingsGroup.RULE);
    var tests = read(workspace, SettingsGroup.TESTS);
    var runs = read(workspace, SettingsGroup.RUNS);
    var seating = keys.status().seating(workspace);
    var publishing = read(workspace, SettingsGroup.PUBLISHING);
    var kept = readInstance(SettingsGroup.RETENTION);
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
                readInstance(SettingsGroup.SIGN_IN).secondFactorForAdmins() ? "on" : "")
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
      var lists = read(workspace, SettingsGroup.models(provider.name()));
      fields = ModelFields.filled(fields, provider.name(), lists);
    }
    return fields.under(sent);
  }
}
