package dev.keywheel.gateway.seat;

import dev.keywheel.db.Database;
import dev.keywheel.db.TransientErrors;
import dev.keywheel.secret.VaultSealedException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs checks of keys in the background, at most one at a time for each subject. */
public final class BackgroundChecks {
  private static final Logger log = LoggerFactory.getLogger(BackgroundChecks.class);

  private final Executor executor;
  private final Map<Object, CompletableFuture<Void>> running = new ConcurrentHashMap<>();

  public BackgroundChecks() {
    this(check -> Thread.ofVirtual().name("gateway-key-check").start(check));
  }

  BackgroundChecks(Executor executor) {
    this.executor = executor;
  }

  /**
   * Begins a check unless a check of the same subject is running.
   *
   * @param subject the id of the key or pool to check, or the caller for a task of its own
   * @param failure the sentence for the log if the check fails, without a period
   */
  void begin(Object subject, String failure, Runnable check) {
    if (running.putIfAbsent(subject, new CompletableFuture<>()) != null) {
      return;
    }
    try {
      executor.execute(() -> run(subject, failure, check));
    } catch (RuntimeException | Error e) {
      complete(subject);
      throw e;
    }
  }

  /** The end of the check of a subject that is running; completed if none is. */
  CompletableFuture<Void> end(Object subject) {
    return running.getOrDefault(subject, CompletableFuture.completedFuture(null));
  }

  private void run(Object subject, String failure, Runnable check) {
    try {
      check.run();
    } catch (RuntimeException e) {
      boolean ofNode =
          e instanceof Database.KnownOutageException || e instanceof VaultSealedException;
      if (!ofNode) {
        log.warn("{}: {}", failure, TransientErrors.cause(e));
      }
    } finally {
      complete(subject);
    }
  }

  private void complete(Object subject) {
    var ended = running.remove(subject);
    if (ended != null) {
      ended.complete(null);
    }
  }
}
