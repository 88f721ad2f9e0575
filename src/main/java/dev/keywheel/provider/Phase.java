package dev.keywheel.provider;

/** What was asked of the upstream. */
enum Phase {
  KEY_CHECK("key check"),
  CHAT("chat"),
  IMAGE("image");

  private final String words;

  Phase(String words) {
    this.words = words;
  }

  /** As in {@link Evidence#source()}. */
  String words() {
    return words;
  }
}
