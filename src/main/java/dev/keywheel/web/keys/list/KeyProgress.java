package dev.keywheel.web.keys.list;

import dev.keywheel.db.Sha256;
import dev.keywheel.key.edit.BulkEditProgress;
import dev.keywheel.key.edit.KeyChange.Kind;
import dev.keywheel.key.imports.SecretReplacements;
import dev.keywheel.web.page.NumberFormats;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The progress of a bulk change of keys, shown above the list.
 *
 * @param title for example {@code Deleting 500,000 keys}
 * @param page address of the page with details; null if there is none
 */
public record KeyProgress(
    UUID id, String title, int total, int done, String text, @Nullable String page) {

  public static KeyProgress of(BulkEditProgress edit) {
    String keys = KeyMessages.keys(edit.total());
    String text = edit.counted() ? progressText(edit.done(), edit.total()) : keys + " found so far";
    return new KeyProgress(edit.id(), title(edit, keys), edit.total(), edit.done(), text, null);
  }

  private static String title(BulkEditProgress edit, String keys) {
    if (!edit.counted()) {
      return "Preparing an undo";
    }
    if (edit.undo() && edit.change().kind() != Kind.RESTORE) {
      return "Undoing a change of " + keys;
    }
    return switch (edit.change().kind()) {
      case ENABLE -> "Enabling " + keys;
      case DISABLE -> "Disabling " + keys;
      case DELETE -> "Deleting " + keys;
      case RESTORE -> "Restoring " + keys;
      case ACCOUNT -> "Setting the account of " + keys;
      case ACCOUNT_BACK -> "Restoring the account of " + keys;
      case TAG -> "Tagging " + keys;
      case UNTAG -> "Untagging " + keys;
    };
  }

  public static KeyProgress of(SecretReplacements.RunningReplacement replacement) {
    return new KeyProgress(
        replacement.id(),
        "Replacing " + NumberFormats.counted(replacement.total(), "secret"),
        replacement.total(),
        replacement.done(),
        progressText(replacement.done(), replacement.total()),
        "/keys/imports/" + replacement.id());
  }

  /** The same progress without the link, for the page with details itself. */
  public KeyProgress withoutPage() {
    return new KeyProgress(id, title, total, done, text, null);
  }

  /**
   * A version that changes with each displayed value. It is short: browsers send it as a header.
   */
  public static String version(List<KeyProgress> edits) {
    return Sha256.hex(edits.toString()).substring(0, 16);
  }

  private static String progressText(int done, int total) {
    return NumberFormats.grouped(done) + " of " + NumberFormats.grouped(total);
  }
}
