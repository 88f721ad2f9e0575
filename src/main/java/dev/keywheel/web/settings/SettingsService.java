package dev.keywheel.web.settings;

import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.key.state.PoolSeating;
import dev.keywheel.people.InstanceAudit;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.audit.event.AuditAction;
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
import java.util.stream.Stream;

/** Reads and saves settings; each change is recorded in the audit log. */
final class SettingsService {
  private static final List<SettingsGroup<?>> OF_WORKSPACE =
      List.of(
          SettingsGroup.RULE, SettingsGroup.TESTS, SettingsGroup.RUNS, SettingsGroup.PUBLISHING);

  private static final List<SettingsGroup<?>> OF_INSTANCE =
      List.of(SettingsGroup.RETENTION, SettingsGroup.SIGN_IN);

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

  /** Saves the settings of the workspace that the form changes. */
  <T> void save(Principal who, Form form, SettingsGroup<T> group, UnaryOperator<T> change) {
    db.runTx(tx -> save(tx, who, form, group, change));
  }

  private <T> void save(
      Tx tx, Principal who, Form form, SettingsGroup<T> group, UnaryOperator<T> change) {
    UUID workspace = who.workspaceId();
    T now =
        settings.lock(
            tx, workspace, group.name(), group.type(), group.fallback(), who.email(), at());
    T wanted = change.apply(now);
    group.requireSeen(form, now, wanted);
    settings.write(tx, workspace, group.name(), wanted, who.email(), at());
    audit.record(tx, who, AuditAction.CHANGED_SETTINGS, group.name(), group.details(wanted));
  }

  /** Saves the settings for all workspaces that the form changes. */
  <T> void saveInstance(Principal who, Form form, SettingsGroup<T> group, T wanted) {
    db.runTx(
        tx -> {
          T now =
              settings.lockInstance(
                  tx, group.name(), group.type(), group.fallback(), who.email(), at());
          group.requireSeen(form, now, wanted);
          settings.writeInstance(tx, group.name(), wanted, who.email(), at());
          InstanceAudit.record(
              audit, tx, who, AuditAction.CHANGED_SETTINGS, group.name(), group.details(wanted));
        });
  }

  private Instant at() {
    return clock.instant();
  }

  /**
   * Saves how gateway requests get their keys.
   *
   * @throws Rejected if the workspace has never had a key
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
          audit.record(tx, who, AuditAction.CHANGED_SETTINGS, group.name(), group.details(wanted));
        });
  }

  /**
   * Saves the model lists of a provider.
   *
   * @throws dev.keywheel.problem.NotFound if the provider is unknown
   * @throws Rejected with an error for each invalid field
   */
  void saveModels(Principal who, String provider, Form form) {
    var lists = ModelFields.read(providers.byName(provider).name(), form);
    db.runTx(
        tx -> {
          keys.status()
              .setTextClass(tx, new PoolId(who.workspaceId(), provider), lists.textClass());
          save(tx, who, form, SettingsGroup.models(provider), _ -> lists);
        });
  }

  /** The saved settings by the form that changes them. */
  Map<String, Object> saved(UUID workspace) {
    var saved = new HashMap<String, Object>();
    ofWorkspace().forEach(group -> saved.put(group.form(), read(workspace, group)));
    OF_INSTANCE.forEach(group -> saved.put(group.form(), readInstance(group)));
    var gateway = SettingsGroup.GATEWAY;
    saved.put(gateway.form(), keys.status().seating(workspace).orElse(gateway.fallback()));
    return saved;
  }

  /** The groups that are stored for each workspace. */
  private List<SettingsGroup<?>> ofWorkspace() {
    return Stream.concat(
            OF_WORKSPACE.stream(),
            providers.all().stream().map(provider -> SettingsGroup.models(provider.name())))
        .toList();
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

  /**
   * Field values: the saved settings, overridden by submitted input.
   *
   * @param saved the result of {@link #saved}; the page must use the same map for the versions that
   *     its forms are based on
   */
  Fields fields(Map<String, Object> saved, Fields sent) {
    var fields = SettingsGroup.GATEWAY.filled(Fields.none(), saved);
    for (var group : OF_INSTANCE) {
      fields = group.filled(fields, saved);
    }
    for (var group : ofWorkspace()) {
      fields = group.filled(fields, saved);
    }
    return fields.overlaidWith(sent);
  }
}
