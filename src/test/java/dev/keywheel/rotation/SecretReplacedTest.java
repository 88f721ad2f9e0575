package dev.keywheel.rotation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jooq.impl.DSL.noCondition;

import dev.keywheel.key.imports.KeyImport;
import dev.keywheel.key.pool.KeyModels;
import dev.keywheel.key.pool.KeySecretWriter;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.recovery.batch.Refusals;
import dev.keywheel.secret.Secret;
import dev.keywheel.support.Await;
import dev.keywheel.support.ScriptedUpstream;
import dev.keywheel.support.TestDatabase;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** A key whose secret is replaced while a call with the old one is in flight. */
class SecretReplacedTest extends CallsThroughPool {
  @Test
  void a_new_secret_does_not_inherit_an_exclusion_that_is_written_while_it_is_stored()
      throws Exception {
    UUID id = t.pool.add(2).getFirst();
    ApiKey old = key("key1");
    var judge = new KeyJudge(t.pool.pool, new Refusals());
    var now = t.pool.clock.instant();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Optional<Instant>> exclusion =
          t.pool.database.inTx(
              tx -> {
                var secret = Map.of(id, Secret.of("sk-or-v1-test-secret-of-new1"));
                new KeySecretWriter(t.pool.vault)
                    .replace(tx, t.pool.id, secret, noCondition(), now, "test");
                var excluding =
                    threads.submit(
                        () ->
                            t.pool.database.inTx(
                                other -> judge.exclude(other, old, FREE, "why", now)));
                Await.until("it waits", () -> TestDatabase.anotherWaitsForLock(tx));
                return excluding;
              });
      assertThat(exclusion.get()).isEmpty();
    }
    List<KeyModels.Exclusion> exclusions = t.pool.database.read(dsl -> KeyModels.of(dsl, id));
    assertThat(exclusions).isEmpty();
  }

  @Test
  void a_refusal_of_the_old_secret_repeats_the_call_with_the_new_one() throws Exception {
    UUID key = t.pool.add(9).getFirst();
    var run = t.run();
    var plan = t.plan(run);
    var release = new CountDownLatch(1);
    t.upstream.calls("key1", ScriptedUpstream.unauthorized().after(release));
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<CallResult> inFlight = threads.submit(() -> call(context(run, plan, 1)));
      Await.until("the call is sent", () -> t.upstream.received().size() == 1);
      new KeyImport(
              t.pool.database,
              t.pool.vault,
              new Audit(t.pool.database, t.pool.vault.auditKeys(), t.pool.clock),
              t.pool.jobs,
              t.pool.ids,
              t.pool.clock)
          .replacements()
          .replace(t.pool.admin, t.pool.id, key, "sk-or-v1-test-secret-of-new1");
      release.countDown();
      assertThat(answeredBy(inFlight.get())).isEqualTo("key1");
    }
    assertThat(t.upstream.keys()).containsExactly("key1", "new1");
    assertThat(t.upstream.checked()).isEmpty();
    assertThat(key("key1").status()).isEqualTo(KeyStatus.ACTIVE);
  }
}
