package dev.keywheel.web.settings;

import dev.keywheel.assignment.PoolRule;
import dev.keywheel.db.Database;
import dev.keywheel.people.Audit;
import dev.keywheel.people.Person;
import dev.keywheel.recovery.RecoverySettings;
import dev.keywheel.settings.Settings;
import dev.keywheel.web.Fields;
import dev.keywheel.web.Form;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Reads and keeps what can be set; each change is on the record of deeds. */
public final class Choices {
  private final Database db;
  private final Settings settings;
  private final Audit audit;
  private final InstantSource clock;

  public Choices(Database db, Settings settings, Audit audit, InstantSource clock) {
    this.db = db;
    this.settings = settings;
    this.audit = audit;
    this.clock = clock;
  }

  void keep(Person who, PoolRule rule) {
    keep(
        who,
        PoolRule.SETTING,
        rule,
        Map.of("required", rule.required(), "minimum", rule.minimum()));
  }

  void keep(Person who, RecoverySettings tests) {
    keep(
        who,
        RecoverySettings.NAME,
        tests,
        Map.of("at once", tests.atOnce(), "deadline in seconds", tests.deadlineSeconds()));
  }

  private void keep(Person who, String name, Object value, Map<String, ?> details) {
    db.runTx(
        tx -> {
          settings.write(tx, who.workspaceId(), name, value, who.email(), clock.instant());
          audit.record(tx, who, "changed settings", name, details);
        });
  }

  void keepModels(Person who, String provider, Form form) {
    throw new dev.keywheel.problem.NotFound("There is no such provider: " + provider + form + who);
  }

  List<GeneralPage.ModelLists> models() {
    return List.of();
  }

  /** What the fields show: as it is kept, and over it what was just typed. */
  Fields fields(UUID workspace, Fields sent) {
    var rule = settings.read(workspace, PoolRule.SETTING, PoolRule.class, PoolRule.DEFAULT);
    var tests =
        settings.read(
            workspace, RecoverySettings.NAME, RecoverySettings.class, RecoverySettings.DEFAULT);
    var fields =
        Fields.none()
            .with("required", rule.required())
            .with("minimum", rule.minimum())
            .with("atOnce", tests.atOnce())
            .with("deadlineSeconds", tests.deadlineSeconds());
    return fields.under(sent);
  }
}
