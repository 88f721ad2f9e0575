package dev.keywheel.config;

/** An invalid environment variable. The message is printed before Keywheel exits. */
public final class ConfigProblem extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ConfigProblem(String line) {
    super(line);
  }
}
