package dev.keywheel.run;

import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * The keys of a run in order. An operation's seat depends only on its number, not on the order in
 * which operations start or end. Stored with the run.
 */
public record Plan(List<Seat> seats) {

  public Plan {
    if (seats.isEmpty()) {
      throw new IllegalArgumentException("A plan has at least one seat");
    }
    seats = List.copyOf(seats);
  }

  /** The seat of operation {@code ordinal}, counted from 1. */
  public Seat seatOf(int ordinal) {
    if (ordinal < 1) {
      throw new IllegalArgumentException("Operations count from 1, not " + ordinal);
    }
    return seats.get((ordinal - 1) % seats.size());
  }

  /** Whether another operation with a lower number has the same seat. */
  public boolean cyclesBack(int ordinal) {
    return ordinal > seats.size();
  }

  public Set<UUID> keys() {
    return seats.stream().map(Seat::keyId).collect(Collectors.toUnmodifiableSet());
  }
}
