package dev.keywheel.secret;

/** What tests of other packages know about a key-encryption key. */
public final class TestKek {
  private TestKek() {}

  /**
   * @param base64 the key
   */
  public static String id(String base64) {
    return Kek.fromBase64(base64).id();
  }
}
