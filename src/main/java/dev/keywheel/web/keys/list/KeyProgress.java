package dev.keywheel.web.keys.list;

import dev.keywheel.key.edit.BulkEdit;
import dev.keywheel.web.page.NumberFormats;

/** A change to many keys above the list, while it is made in parts. */
public record KeyProgress(BulkEdit edit) {

  /** {@code Deleting 500,000 keys}. */
  public String title() {
    String keys = KeyMessages.keys(edit.total());
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

  public String words() {
    return NumberFormats.grouped(edit.done()) + " of " + NumberFormats.grouped(edit.total());
  }
}
