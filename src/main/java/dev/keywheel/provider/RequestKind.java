package dev.keywheel.provider;

/** What was asked of the upstream. */
enum RequestKind {
  KEY_CHECK("key check"),
  CHAT("chat"),
  IMAGE("image");

  private final String words;

  RequestKind(String words) {
    this.words = words;
  }

  /** As in {@link Evidence#source()}. */
  String words() {
    return words;
  }
}
