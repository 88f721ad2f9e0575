package dev.keywheel.people.secondfactor;

/** Kinds of second factors, with their names in the audit log. */
enum FactorKind {
  APP("authenticator app"),
  PASSKEY("passkey"),
  RECOVERY_CODE("recovery code");

  private final String label;

  FactorKind(String label) {
    this.label = label;
  }

  String label() {
    return label;
  }
}
