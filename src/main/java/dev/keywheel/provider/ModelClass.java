package dev.keywheel.provider;

/** Free models and paid models draw on different quotas of an account. */
public enum ModelClass {
  FREE,
  PAID;

  public static ModelClass of(String modelId) {
    return modelId.endsWith(":free") || modelId.equals("openrouter/free") ? FREE : PAID;
  }
}
