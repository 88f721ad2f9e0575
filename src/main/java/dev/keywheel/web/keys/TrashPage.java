package dev.keywheel.web.keys;

import dev.keywheel.key.TrashedKey;
import java.util.List;

/** Deleted keys that can be restored; at most {@link #MOST} of them are listed. */
public record TrashPage(List<TrashedKey> keys, int all) {
  static final int MOST = 200;
}
