package dev.keywheel.people.factor;

/** Kinds of second factors, with their names in the audit log. */
public enum FactorKind {
  APP("authenticator app"),
  PASSKEY("passkey"),
  RECOVERY_CODE("recovery code");

  private final String label;

  FactorKind(String label) {
    this.label = label;
  }

  public String label() {
    return label;
  }
}
