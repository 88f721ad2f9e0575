package dev.keywheel.config;

/** An invalid environment variable. The message is printed before Keywheel exits. */
public final class ConfigProblem extends RuntimeException {
  ConfigProblem(String line) {
    super(line);
  }
}
