package dev.keywheel.provider;

/** Whom a limit holds back: one key, or all keys of its account. */
public enum LimitScope {
  KEY,
  ACCOUNT
}
