package dev.keywheel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.job.Jobs;
import dev.keywheel.secret.KekSource;
import dev.keywheel.secret.Vault;
import dev.keywheel.support.Await;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.TestPool;
import dev.keywheel.support.UnsteadyDatabase;
import dev.keywheel.support.WebApp;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Responses of /healthz and /readyz during failures. */
class HealthChecksTest {
  private static final Duration OFTEN = Duration.ofMillis(50);

  private final TestDatabase postgres = TestDatabase.create();
  private final AtomicInteger refusals = new AtomicInteger();
  private final Database unsteady =
      new Database(new UnsteadyDatabase(postgres.address().jdbcUrl(), refusals));
  private final AtomicLong ticks = new AtomicLong();
  private final Jobs jobs =
      new Jobs(unsteady, "node", InstantSource.system(), OFTEN, OFTEN, ticks::get);
  private WebApp app;
  private HttpBrowser browser;

  @BeforeEach
  void start() {
    app =
        WebApp.start(
            postgres.database(),
            new TestClock(),
            parts -> List.of(HealthChecks.of(unsteady, vault(parts.ids), jobs)));
    browser = app.browser();
    jobs.start(List.of());
  }

  @AfterEach
  void close() {
    refusals.set(0);
    jobs.close();
    app.close();
    postgres.close();
  }

  private Vault vault(Ids ids) {
    var kek = KekSource.variable("KEYWHEEL_KEK", TestPool.KEK);
    var vault = new Vault(postgres.database(), kek, new SecureRandom(), ids, new TestClock());
    vault.unseal();
    return vault;
  }

  @Test
  void a_node_whose_database_was_unreachable_for_a_minute_is_alive_and_not_ready() {
    refusals.set(Integer.MAX_VALUE);
    for (int i = 0; i < 3; i++) { // polls that fail also count as polls
      ticks.addAndGet(Duration.ofSeconds(61).toNanos());
      Await.until("it is alive", () -> browser.get("/healthz").status() == 200);
    }
    var ready = browser.get("/readyz");
    assertThat(ready.status()).isEqualTo(503);
    assertThat(ready.body()).contains("database: does not answer").contains("vault: ok");
    assertThat(ready.header("Retry-After")).isPresent();

    refusals.set(0);
    Await.until("it is ready again", () -> browser.get("/readyz").status() == 200);
  }

  @Test
  void a_node_whose_database_is_read_only_is_alive_and_not_ready() {
    postgres.setReadOnly(true);
    try {
      assertThat(browser.get("/healthz").status()).isEqualTo(200);
      var ready = browser.get("/readyz");
      assertThat(ready.status()).isEqualTo(503);
      assertThat(ready.body()).contains("database: is read-only");
    } finally {
      postgres.setReadOnly(false);
    }
    assertThat(browser.get("/readyz").status()).isEqualTo(200);
  }

  @Test
  void a_node_whose_scheduler_has_not_polled_for_a_minute_is_not_alive() {
    assertThat(browser.get("/healthz").status()).isEqualTo(200);
    jobs.close();
    ticks.addAndGet(Duration.ofSeconds(61).toNanos());
    var alive = browser.get("/healthz");
    assertThat(alive.status()).isEqualTo(503);
    assertThat(alive.body()).contains("scheduler: has not polled for jobs for 61 s");
  }
}
