package dev.keywheel.web.page;

import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The time zone in which a request shows times. */
public final class PageZone {
  public static final ZoneId UTC = ZoneId.of("UTC");

  private static final ScopedValue<ZoneId> CURRENT = ScopedValue.newInstance();
  private static final List<String> NAMES = names();

  private PageZone() {}

  /** The zone of the current request; UTC outside a request. */
  public static ZoneId current() {
    return CURRENT.isBound() ? CURRENT.get() : UTC;
  }

  /** Runs the handling of a request, with times shown in this zone. */
  public static <X extends Throwable> void in(
      ZoneId zone, ScopedValue.CallableOp<@Nullable Void, X> request) throws X {
    ScopedValue.where(CURRENT, zone).call(request);
  }

  /** The zone of this name; empty for an unknown name. */
  public static Optional<ZoneId> named(@Nullable String name) {
    return name != null && ZoneId.getAvailableZoneIds().contains(name)
        ? Optional.of(ZoneId.of(name))
        : Optional.empty();
  }

  /** The names to choose from: UTC, then regions and cities. */
  public static List<String> choices() {
    return NAMES;
  }

  private static List<String> names() {
    var names = new TreeSet<String>();
    for (var name : ZoneId.getAvailableZoneIds()) {
      if (name.matches(
          "(Africa|America|Antarctica|Asia|Atlantic|Australia|Europe|Indian|Pacific)/.*")) {
        names.add(name);
      }
    }
    var choices = new java.util.ArrayList<>(List.of(UTC.getId()));
    choices.addAll(names);
    return List.copyOf(choices);
  }
}
