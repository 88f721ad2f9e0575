package dev.keywheel.problem;

import java.util.Collection;
import java.util.List;

/** The rejections of several fields. Field and message are those of the first. */
final class RejectedFields extends Rejected {
  private final transient List<Rejected> all;

  private RejectedFields(List<Rejected> all) {
    super(all.getFirst().field().orElse(null), String.valueOf(all.getFirst().getMessage()));
    this.all = all;
  }

  /** The rejection itself if there is only one. */
  static Rejected of(Collection<Rejected> all) {
    return all.size() == 1 ? all.iterator().next() : new RejectedFields(List.copyOf(all));
  }

  @Override
  public List<Rejected> all() {
    return all;
  }
}
