package dev.keywheel.provider;

/** The models a limit holds back. */
public enum LimitClass {
  ALL,
  FREE,
  PAID
}
