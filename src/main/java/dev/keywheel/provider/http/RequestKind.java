package dev.keywheel.provider.http;

import dev.keywheel.provider.Evidence;

public enum RequestKind {
  KEY_CHECK("key check"),
  CHAT("chat"),
  IMAGE("image");

  private final String words;

  RequestKind(String words) {
    this.words = words;
  }

  /** The text for {@link Evidence#source()}. */
  public String words() {
    return words;
  }
}
