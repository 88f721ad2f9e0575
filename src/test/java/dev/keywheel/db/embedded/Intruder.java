package dev.keywheel.db.embedded;

import dev.keywheel.support.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** The attempts of a local account to connect as superuser without the password. */
record Intruder(int accepted, int refused) {
  private static final String INVALID_PASSWORD = "28";

  interface Start {
    AutoCloseable run() throws Exception;
  }

  /**
   * Tries to connect from before the start until the server is closed, at least until the server
   * has answered an attempt.
   */
  static Intruder during(Path home, Start start) throws Exception {
    var accepted = new AtomicInteger();
    var refused = new AtomicInteger();
    var over = new AtomicBoolean();
    var trying =
        Thread.ofPlatform()
            .start(
                () -> {
                  while (!over.get()) {
                    var outcome = attempt(home);
                    accepted.addAndGet(outcome == Outcome.ACCEPTED ? 1 : 0);
                    refused.addAndGet(outcome == Outcome.REFUSED ? 1 : 0);
                  }
                });
    try (var _ = start.run()) {
      Await.until("an attempt is answered", () -> accepted.get() + refused.get() > 0);
    } finally {
      over.set(true);
      trying.join();
    }
    return new Intruder(accepted.get(), refused.get());
  }

  private enum Outcome {
    ACCEPTED,
    REFUSED,
    NOT_LISTENING
  }

  /** The server writes its port into its PID file before it listens. */
  private static Outcome attempt(Path home) {
    try {
      var port = Files.readAllLines(home.resolve("postgres/postmaster.pid")).get(3).strip();
      var url = "jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=postgres&loginTimeout=30";
      DriverManager.getConnection(url).close();
      return Outcome.ACCEPTED;
    } catch (SQLException e) {
      boolean password =
          String.valueOf(e.getSQLState()).startsWith(INVALID_PASSWORD)
              || String.valueOf(e.getMessage()).contains("password");
      return password ? Outcome.REFUSED : Outcome.NOT_LISTENING;
    } catch (IOException | IndexOutOfBoundsException notWrittenYet) {
      Thread.onSpinWait();
      return Outcome.NOT_LISTENING;
    }
  }
}
