package dev.keywheel.article.operation.conversation;

import dev.keywheel.db.Sha256;
import dev.keywheel.provider.ChatMessage;
import dev.keywheel.provider.ReplyFormat;
import java.util.List;

/** Hashes requests, so that equal requests are recognized although requests are not stored. */
final class RequestHash {
  private RequestHash() {}

  static String of(String model, List<ChatMessage> messages, ReplyFormat format) {
    var text = new StringBuilder(model).append('\n').append(format.getClass().getSimpleName());
    messages.forEach(m -> text.append('\n').append(m.author()).append('\n').append(m.text()));
    return Sha256.hex(text.toString());
  }
}
