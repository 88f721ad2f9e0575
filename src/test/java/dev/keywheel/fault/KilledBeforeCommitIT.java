package dev.keywheel.fault;

import static dev.keywheel.db.schema.Tables.ATTEMPTS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.Await;
import dev.keywheel.support.ScriptedUpstream;
import dev.keywheel.support.TcpProxy;
import dev.keywheel.support.TestDatabase;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node killed after the provider has answered and before the answer is in the database. */
@Tag("slow")
@Timeout(180)
class KilledBeforeCommitIT {
  private static final Duration SOON = Duration.ofSeconds(60);

  @TempDir private Path folder;

  @Test
  void a_call_repeated_after_a_kill_has_two_attempts_and_the_first_is_unknown() throws Exception {
    var answer = new CountDownLatch(1);
    try (var database = TestDatabase.create();
        var upstream = new ScriptedUpstream();
        var link = new TcpProxy(OnDatabase.port(database))) {
      IntStream.rangeClosed(1, 9)
          .forEach(i -> upstream.calls("k" + i, ScriptedUpstream.ok().after(answer)));
      var url = OnDatabase.through(link.port(), database);
      try (var killed = OnDatabase.start(folder, url, upstream.base(), List.of())) {
        var browser = OnDatabase.signedIn(killed);
        OnDatabase.importKeys(browser, 9, "sk-or-v1-abcdefgh-k%d");
        OnDatabase.generate(browser);
        Await.until("the call is sent", SOON, () -> upstream.received().size() == 1);
        int before = upstream.answered();
        link.silence();
        answer.countDown();
        Await.until("it is answered", SOON, () -> upstream.answered() == before + 1);
        killed.kill();
      }
      link.heal();
      OnDatabase.expireLeases(database.database());
      try (var again = OnDatabase.start(folder, url, upstream.base(), List.of())) {
        Await.until("it is sent again", SOON, () -> attempts(database).size() > 1);
        assertThat(attempts(database).getFirst()).isEqualTo("1.1 first unknown");
        assertThat(attempts(database).get(1)).startsWith("1.2 resend");
        assertThat(again.alive()).isTrue();
      }
    }
  }

  private static List<String> attempts(TestDatabase database) {
    return database
        .database()
        .read(
            dsl ->
                dsl.selectFrom(ATTEMPTS)
                    .orderBy(ATTEMPTS.ORDINAL, ATTEMPTS.NO)
                    .fetch(
                        a ->
                            "%d.%d %s %s"
                                .formatted(
                                    a.get(ATTEMPTS.ORDINAL),
                                    a.get(ATTEMPTS.NO),
                                    a.get(ATTEMPTS.CAUSE),
                                    a.get(ATTEMPTS.STATE))));
  }
}
