package dev.keywheel;

import dev.keywheel.db.Database;
import dev.keywheel.job.Jobs;
import dev.keywheel.net.OpenFiles;
import dev.keywheel.secret.Vault;
import dev.keywheel.secret.VaultState;
import dev.keywheel.web.server.HealthRoutes;
import dev.keywheel.web.server.HealthRoutes.Check;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The checks that decide whether this node is live and ready. */
final class HealthChecks {
  /**
   * Maximum time since the last poll for jobs, which is normally a second ago. If it is longer ago,
   * the polling thread has died or hangs.
   */
  private static final Duration POLLS_WITHIN = Duration.ofSeconds(60);

  private HealthChecks() {}

  static HealthRoutes of(Database database, Vault vault, Jobs jobs) {
    var scheduler = new Check("scheduler", () -> scheduler(jobs));
    return new HealthRoutes(
        List.of(scheduler),
        List.of(
            new Check("database", () -> database(database)),
            new Check("migrations", () -> migrations(database)),
            new Check("vault", () -> vault(vault)),
            scheduler,
            new Check("files", () -> OpenFiles.now().shortage()),
            new Check("stop", () -> stopping(jobs))));
  }

  private static Optional<String> database(Database database) {
    return readOnly(database) ? Optional.of("is read-only") : Optional.empty();
  }

  /** Whether the database refuses changes: a standby, or a server that is configured read-only. */
  static boolean readOnly(Database database) {
    return database.read(
        dsl ->
            dsl.fetchSingle("select current_setting('transaction_read_only') = 'on'")
                .get(0, Boolean.class));
  }

  private static Optional<String> migrations(Database database) {
    boolean failed =
        database.read(
            dsl ->
                dsl.fetchOptional("select 1 from flyway_schema_history where not success limit 1")
                    .isPresent());
    return failed ? Optional.of("one has failed") : Optional.empty();
  }

  private static Optional<String> vault(Vault vault) {
    return vault.state() instanceof VaultState.Sealed
        ? Optional.of("sealed; an administrator can see the reason under Settings, Encryption")
        : Optional.empty();
  }

  private static Optional<String> scheduler(Jobs jobs) {
    return jobs.sinceLastPoll()
        .filter(ago -> ago.compareTo(POLLS_WITHIN) > 0)
        .map(ago -> "has not polled for jobs for " + ago.toSeconds() + " s");
  }

  private static Optional<String> stopping(Jobs jobs) {
    return jobs.stopping().begun() ? Optional.of("this node is stopping") : Optional.empty();
  }
}
