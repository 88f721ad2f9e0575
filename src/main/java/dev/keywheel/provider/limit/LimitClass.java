package dev.keywheel.provider.limit;

/** The models a limit holds back. */
public enum LimitClass {
  ALL,
  FREE,
  PAID
}
