package dev.keywheel.people;

/** The result of a sign-in with the correct password. */
public sealed interface SignInResult permits SignedIn, SignInResult.SecondFactorNeeded {

  /**
   * A second factor is needed, see {@link SecondStep}.
   *
   * @param challenge secret for the browser's cookie
   */
  record SecondFactorNeeded(String challenge) implements SignInResult {
    @Override
    public String toString() {
      return "SecondFactorNeeded[…]";
    }
  }
}
