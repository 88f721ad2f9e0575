package dev.keywheel.key.state;

/** How many keys of a pool have each status; the trash does not count. */
public record PoolCounts(int active, int rateLimited, int failed, int disabled) {
  public static final PoolCounts NONE = new PoolCounts(0, 0, 0, 0);

  public int notDisabled() {
    return active + rateLimited + failed;
  }

  public int all() {
    return notDisabled() + disabled;
  }

  public int of(KeyStatus status) {
    return switch (status) {
      case ACTIVE -> active;
      case RATE_LIMITED -> rateLimited;
      case FAILED -> failed;
      case DISABLED -> disabled;
    };
  }

  public PoolCounts plus(PoolCounts other) {
    return new PoolCounts(
        active + other.active,
        rateLimited + other.rateLimited,
        failed + other.failed,
        disabled + other.disabled);
  }
}
