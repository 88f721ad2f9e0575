package dev.keywheel.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.key.edit.KeyCommands;
import dev.keywheel.key.search.Selection;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.support.Await;
import dev.keywheel.support.ScriptedUpstream;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

/** A key that is disabled or deleted while a call with it is in flight. */
class KeyTakenAwayTest extends CallsThroughPool {
  private final KeyCommands edits = t.pool.edits(5_000);

  @Test
  void the_answer_to_a_call_whose_key_is_disabled_is_used_and_the_next_call_gets_another()
      throws Exception {
    takeAwayDuringCall(edits::disable, "Disabled");
  }

  @Test
  void the_answer_to_a_call_whose_key_is_deleted_is_used_and_the_next_call_gets_another()
      throws Exception {
    takeAwayDuringCall(edits::delete, "deleted");
  }

  private void takeAwayDuringCall(BiConsumer<Principal, Selection> takeAway, String why)
      throws Exception {
    List<UUID> keys = t.pool.add(9);
    var run = t.run();
    var plan = t.plan(run);
    var release = new CountDownLatch(1);
    t.upstream.calls("key1", ScriptedUpstream.ok().after(release));
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<CallResult> inFlight = threads.submit(() -> call(context(run, plan, 1)));
      Await.until("the call is sent", () -> t.upstream.received().size() == 1);
      takeAway.accept(t.pool.admin, Selection.of(List.of(keys.getFirst())));
      release.countDown();
      assertThat(answeredBy(inFlight.get())).isEqualTo("key1");
    }
    assertThat(answeredBy(call(context(run, plan, 8)))).isEqualTo("key8");
    assertThat(t.attempts(run))
        .containsExactly("1.1 first key1 ok answer", "8.1 replacement key8 ok answer");
    assertThat(t.upstream.keys()).containsExactly("key1", "key8");
    assertThat(key("key2").status()).isEqualTo(KeyStatus.ACTIVE);
    assertThat(t.text(run))
        .anyMatch(line -> line.toLowerCase(Locale.ROOT).contains(why.toLowerCase(Locale.ROOT)));
  }
}
