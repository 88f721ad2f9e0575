package dev.keywheel.provider.limit;

/** Whether a limit applies to one key or to all keys of its account. */
public enum LimitScope {
  KEY,
  ACCOUNT
}
