package dev.keywheel.gateway.seat;

import dev.keywheel.gateway.ledger.DatabaseFailure;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/** A request that waits for a key; the wait ends when the grant is completed. */
record PendingSeat(SeatRequest request, CompletableFuture<SeatGrant> grant) {

  boolean waits() {
    return !grant.isDone();
  }

  void timeOut() {
    abandon(DatabaseFailure.SLOW);
  }

  void abandon() {
    abandon(DatabaseFailure.UNAVAILABLE);
  }

  void abandon(String why) {
    grant.complete(new SeatGrant.Unavailable(why));
  }

  /** The id of the attempt that got a key; empty without a key. */
  Stream<UUID> attempt() {
    return grant.getNow(null) instanceof SeatGrant.Granted granted
        ? Stream.of(granted.attemptId())
        : Stream.empty();
  }
}
