package dev.keywheel.secret;

/** Makes details of a key-encryption key available to tests of other packages. */
public final class TestKek {
  private TestKek() {}

  /**
   * @param base64 the key, in base64
   */
  public static String id(String base64) {
    return Kek.fromBase64(base64).id();
  }
}
