package dev.keywheel.provider.limit;

/** Why a test says nothing about the key. */
public enum InconclusiveReason implements TestReason {
  NETWORK("No connection to the provider"),
  CUT("The provider's answer was cut off"),
  TIMEOUT("The provider did not answer in time"),
  SERVER("The provider answered with an error of its own"),
  HTML("A web page came back instead of the provider's answer"),
  SLOW_DOWN("The provider asks for fewer requests"),
  REFUSED_403("The provider refused the request with 403"),
  SAYS_CREDITS("The provider only answered that the account is out of credit"),
  SAYS_IN_FLIGHT(
      "The provider only answered that too many calls are in progress for the credit left"),
  SAYS_KEY_CAP("The provider only answered that the key's limit is used up"),
  SAYS_BUDGET("The provider only answered that a budget that includes the key is used up"),
  INVALID_QUESTION("The provider calls the request invalid, which says nothing about the key"),
  NOT_FOUND("The provider has no such address; check its base URL"),
  OF_A_MODEL(
      "The provider answered the key check like a call to a model, which says nothing about the key"),
  TOO_BIG("The provider's answer is larger than the limit"),
  UNEXPECTED("The provider's answer was not understood"),

  /** The provider's edge network blocks this server's address. */
  BLOCKED("The provider blocks this server's address for every key"),

  /** The request of a deep test was refused for a reason other than the key. */
  REQUEST("The provider refused the request itself, which says nothing about the key"),

  /** The model of a deep test failed, not the key. */
  MODEL("The model gave no answer, which says nothing about the key"),

  /** A deep test was refused, for instance with 401, but the key passes the key check. */
  REFUSED_THOUGH_GOOD("Refused, but the key passes the key check"),

  EVERY_KEY_REFUSED("The provider refuses every key, which says nothing about this one"),

  /** Keywheel itself failed; the cause is in the log of the process. */
  INTERNAL("Keywheel could not test the key; see the server log"),

  /** The key was disabled or deleted during its test, or its secret cannot be decrypted. */
  TAKEN_OUT("Disabled or deleted during the test, or it cannot be decrypted"),

  /** A deep test is in progress, or Keywheel stopped before its answer was stored. */
  SENT("Sent; no answer is stored yet"),

  /** This node stopped before the answer arrived. */
  STOPPED("Keywheel stopped before the answer arrived");

  private final String sentence;

  InconclusiveReason(String sentence) {
    this.sentence = sentence;
  }

  @Override
  public String sentence() {
    return sentence;
  }
}
