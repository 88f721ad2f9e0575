package dev.keywheel.provider.limit;

/** What a limit applies to: one key, or all keys of its account. */
public enum LimitScope {
  KEY,
  ACCOUNT
}
