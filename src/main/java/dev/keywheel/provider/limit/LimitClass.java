package dev.keywheel.provider.limit;

/** The models that a limit applies to. */
public enum LimitClass {
  ALL,
  FREE,
  PAID
}
