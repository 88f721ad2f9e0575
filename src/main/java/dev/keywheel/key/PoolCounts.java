package dev.keywheel.key;

/** How many keys of a pool have each status; the trash does not count. */
public record PoolCounts(int active, int rateLimited, int failed, int disabled) {

  public int notDisabled() {
    return active + rateLimited + failed;
  }

  public int all() {
    return notDisabled() + disabled;
  }
}
