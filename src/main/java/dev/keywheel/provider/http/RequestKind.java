package dev.keywheel.provider.http;

import dev.keywheel.provider.Evidence;

public enum RequestKind {
  KEY_CHECK("key check"),
  CHAT("chat"),
  IMAGE("image");

  private final String label;

  RequestKind(String label) {
    this.label = label;
  }

  /** The text for {@link Evidence#source()}. */
  public String label() {
    return label;
  }
}
