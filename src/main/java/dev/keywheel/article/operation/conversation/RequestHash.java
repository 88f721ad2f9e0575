package dev.keywheel.article.operation.conversation;

import dev.keywheel.provider.ChatMessage;
import dev.keywheel.provider.ReplyFormat;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** Tells equal requests from different ones without keeping them. */
public final class RequestHash {
  private RequestHash() {}

  static String of(String model, List<ChatMessage> messages, ReplyFormat format) {
    var text = new StringBuilder(model).append('\n').append(format.getClass().getSimpleName());
    messages.forEach(m -> text.append('\n').append(m.author()).append('\n').append(m.text()));
    return of(text.toString());
  }

  /** SHA-256 of a text in hex. */
  public static String of(String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
