package dev.keywheel.provider.limit;

import dev.keywheel.db.StoredEnum;
import java.util.Optional;

/** The reason for a test's result. The codes of both enums share one column and are disjoint. */
public sealed interface TestReason extends StoredEnum permits KeyReason, InconclusiveReason {

  /** The text on pages and in the log, without a full stop. */
  String sentence();

  /** The reason with this code; empty for an unknown code. */
  static Optional<TestReason> find(String code) {
    return StoredEnum.find(InconclusiveReason.class, code)
        .<TestReason>map(reason -> reason)
        .or(() -> StoredEnum.find(KeyReason.class, code));
  }
}
