package dev.keywheel.config;

/** A variable is wrong; the message is the line that is printed before Keywheel ends. */
public final class ConfigProblem extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ConfigProblem(String line) {
    super(line);
  }
}
