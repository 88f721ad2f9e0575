package dev.keywheel.key.state;

/** The number of keys of a pool in each status, without the trash. */
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
