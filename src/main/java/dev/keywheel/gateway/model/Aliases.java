package dev.keywheel.gateway.model;

import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.gateway.model.Alias.AliasTarget;
import dev.keywheel.gateway.peek.FieldOverrides;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.problem.Conflict;
import dev.keywheel.problem.NotFound;
import dev.keywheel.problem.Rejected;
import dev.keywheel.problem.Rejections;
import dev.keywheel.provider.Providers;
import dev.keywheel.secret.shape.SecretShape;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Manages the aliases of all workspaces and records each change in the audit log. */
public final class Aliases {
  private static final int MAX_TARGETS = 20;
  private static final int MAX_WEIGHT = 1_000;
  private static final int MAX_FIELDS_LENGTH = 1_000;
  private static final Pattern ID = Pattern.compile("[\\w~@.:/*+-]{1,200}");

  private final Database database;
  private final Providers providers;
  private final ModelDirectory models;
  private final Audit audit;
  private final Ids ids;
  private final InstantSource clock;

  public Aliases(
      Database database,
      Providers providers,
      ModelDirectory models,
      Audit audit,
      Ids ids,
      InstantSource clock) {
    this.database = database;
    this.providers = providers;
    this.models = models;
    this.audit = audit;
    this.ids = ids;
    this.clock = clock;
  }

  /** All aliases of the workspace, sorted by name. */
  public List<Alias> of(UUID workspace) {
    return database.read(dsl -> AliasRepository.all(dsl, workspace));
  }

  /**
   * @throws NotFound also for an alias of another workspace
   */
  public Alias get(UUID workspace, UUID id) {
    return of(workspace).stream()
        .filter(alias -> alias.id().equals(id))
        .findFirst()
        .orElseThrow(Aliases::unknown);
  }

  /**
   * Adds an enabled alias and returns its id.
   *
   * @throws Conflict if an alias with this name exists
   */
  public UUID create(Principal by, String name, List<AliasTarget> targets) {
    String checked = name.strip();
    check(checked, targets);
    var alias = new Alias(ids.next(), checked, true, targets);
    database.runTx(
        tx -> {
          if (!AliasRepository.insert(tx, by.workspaceId(), alias, clock.instant())) {
            throw new Conflict(
                "Already exists",
                "There is already an alias named " + checked + ". Change that alias.");
          }
          audit.record(tx, by, AuditAction.CREATED_ALIAS, checked, details(alias));
        });
    models.forget(by.workspaceId());
    return alias.id();
  }

  /**
   * Changes the targets of an alias.
   *
   * @param seen rejects the change if the user has not seen the current targets
   */
  public void change(Principal by, UUID id, List<AliasTarget> targets, Consumer<Alias> seen) {
    database.runTx(
        tx -> {
          Alias before =
              AliasRepository.lock(tx, by.workspaceId(), id).orElseThrow(Aliases::unknown);
          seen.accept(before);
          checkTargets(before.name(), targets);
          var after = new Alias(id, before.name(), before.enabled(), targets);
          if (!before.equals(after)) {
            AliasRepository.update(tx, after, clock.instant());
            audit.record(tx, by, AuditAction.CHANGED_ALIAS, before.name(), details(after));
          }
        });
    models.forget(by.workspaceId());
  }

  public void enable(Principal by, UUID id, boolean enabled) {
    database.runTx(
        tx -> {
          Alias before =
              AliasRepository.lock(tx, by.workspaceId(), id).orElseThrow(Aliases::unknown);
          if (before.enabled() != enabled) {
            AliasRepository.enable(tx, id, enabled, clock.instant());
            audit.record(
                tx,
                by,
                enabled ? AuditAction.ENABLED_ALIAS : AuditAction.DISABLED_ALIAS,
                before.name(),
                Map.of());
          }
        });
    models.forget(by.workspaceId());
  }

  public void delete(Principal by, UUID id) {
    database.runTx(
        tx -> {
          Alias alias =
              AliasRepository.lock(tx, by.workspaceId(), id).orElseThrow(Aliases::unknown);
          AliasRepository.delete(tx, id);
          audit.record(tx, by, AuditAction.DELETED_ALIAS, alias.name(), details(alias));
        });
    models.forget(by.workspaceId());
  }

  /**
   * @throws Rejected for the fields {@code name} and {@code targets}
   */
  public void check(String name, List<AliasTarget> targets) {
    Rejections.checkAll(() -> checkName(name), () -> checkTargets(name, targets));
  }

  private static void checkName(String name) {
    SecretShape.POSSIBLE.refuse("name", name);
    if (!ID.matcher(name).matches()) {
      throw new Rejected(
          "name", "Enter a name of letters, digits and . _ - : / + @ ~, with at most one *.");
    }
    if (wildcards(name) > 1) {
      throw new Rejected("name", "A name must have at most one *.");
    }
    if (name.equals("*")) {
      throw new Rejected("name", "Enter more than a *, which would match every unknown model.");
    }
  }

  private void checkTargets(String name, List<AliasTarget> targets) {
    if (targets.isEmpty() || targets.size() > MAX_TARGETS) {
      throw new Rejected("targets", "Enter 1 to " + MAX_TARGETS + " targets, one per line.");
    }
    for (AliasTarget target : targets) {
      if (providers.all().stream().noneMatch(known -> known.name().equals(target.provider()))) {
        throw new Rejected(
            "targets",
            "There is no provider "
                + (SecretShape.POSSIBLE.isIn(target.provider())
                    ? "of this name"
                    : target.provider())
                + ". A target begins with "
                + providers.all().stream()
                    .map(known -> known.name() + "/")
                    .collect(Collectors.joining(" or "))
                + ", followed by the id of the model.");
      }
      if (!ID.matcher(target.model()).matches()) {
        throw new Rejected("targets", "A target is a provider, a / and the id of a model.");
      }
      SecretShape.POSSIBLE.refuse("targets", target.model());
      String named = target.provider() + "/" + target.model();
      if (target.weight() > MAX_WEIGHT) {
        throw new Rejected(
            "targets", "The weight of " + named + " is not a number from 1 to 1,000.");
      }
      checkFields(named, target.fields());
      if (wildcards(target.model()) > wildcards(name)) {
        throw new Rejected(
            "targets", "A target may contain one *, and only if the name contains one.");
      }
    }
  }

  private static void checkFields(String target, String fields) {
    if (fields.isEmpty()) {
      return;
    }
    SecretShape.POSSIBLE.refuse("targets", fields);
    if (fields.length() > MAX_FIELDS_LENGTH) {
      throw new Rejected(
          "targets",
          "The fields of " + target + " must have at most " + MAX_FIELDS_LENGTH + " characters.");
    }
    Set<String> names;
    try {
      names = FieldOverrides.of(fields).values().keySet();
    } catch (IllegalArgumentException malformed) {
      throw new Rejected(
          "targets",
          "The fields of "
              + target
              + " must be one JSON object in which each field occurs once, such as"
              + " {\"temperature\": 0}.");
    }
    names.stream()
        .filter(FieldOverrides::isFixed)
        .findFirst()
        .ifPresent(
            fixed -> {
              throw new Rejected(
                  "targets",
                  "A target cannot set %s: the gateway reads this field from the client's request."
                      .formatted(fixed));
            });
  }

  private static long wildcards(String text) {
    return text.chars().filter(c -> c == Alias.WILDCARD).count();
  }

  private static Map<String, String> details(Alias alias) {
    return Map.of(
        "targets", alias.steps().stream().map(Alias::text).collect(Collectors.joining(", ")));
  }

  private static NotFound unknown() {
    return new NotFound("There is no such alias.");
  }
}
