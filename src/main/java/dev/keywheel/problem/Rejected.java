package dev.keywheel.problem;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A request that is understood and not carried out. The message is shown as it is: it says what was
 * wrong and what is allowed. Nothing has been changed when this is thrown.
 */
public class Rejected extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final @Nullable String field;

  public Rejected(String sentence) {
    this(null, sentence);
  }

  /** {@code field} is the name of the form's field that the sentence belongs to. */
  public Rejected(@Nullable String field, String sentence) {
    super(sentence);
    this.field = field;
  }

  public Optional<String> field() {
    return Optional.ofNullable(field);
  }
}
