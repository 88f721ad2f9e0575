package dev.keywheel.web.settings;

import dev.keywheel.article.view.ArticleTopic;
import dev.keywheel.db.Database;
import dev.keywheel.job.Jobs;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.audit.AuditExport;
import dev.keywheel.people.audit.AuditVerification;
import dev.keywheel.people.audit.ExportCheck;
import dev.keywheel.provider.Providers;
import dev.keywheel.retention.Retention;
import dev.keywheel.secret.DataKeyRotation;
import dev.keywheel.secret.Vault;
import dev.keywheel.settings.SettingsStore;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.WebContext;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiFunction;

/** The settings screens that do not manage users: general, encryption and audit log. */
public final class SettingsScreens {
  private SettingsScreens() {}

  /**
   * @param topics returns the topics of runs and articles of a workspace by their ids
   */
  public static List<Screen> of(
      WebContext web,
      Database db,
      KeyPool keys,
      SettingsStore settings,
      Providers providers,
      Retention retention,
      Vault vault,
      DataKeyRotation dataKeys,
      Audit audit,
      AuditVerification verification,
      AuditExport exports,
      Jobs jobs,
      BiFunction<UUID, Collection<UUID>, Map<UUID, ArticleTopic>> topics,
      InstantSource clock) {
    return List.of(
        new SettingsRoutes(
            web, new SettingsService(db, keys, settings, providers, audit, clock), retention),
        new EncryptionRoutes(web, vault, dataKeys, db, audit),
        new AuditLogRoutes(web, audit, verification, db, jobs, topics, clock),
        new AuditProofRoutes(web, audit, exports, new ExportCheck(vault.auditKeys()), db));
  }
}
