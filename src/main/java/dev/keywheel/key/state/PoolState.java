package dev.keywheel.key.state;

import dev.keywheel.provider.ModelClass;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The state of a pool as a whole.
 *
 * @param textClass the class of the models of the text operations
 * @param lastPause null if there was none; may be over
 * @param notice a sentence that is shown with the pool; null without one
 * @param version grows with every visible change of the pool
 */
public record PoolState(
    PoolId id,
    ModelClass textClass,
    @Nullable PoolPause lastPause,
    @Nullable String notice,
    long version) {

  /** The pause, unless it is over. */
  public Optional<PoolPause> pause(Instant now) {
    return Optional.ofNullable(lastPause).filter(pause -> pause.until().isAfter(now));
  }
}
