package dev.keywheel.web.page;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Metadata of a page for the layout.
 *
 * @param title document title, without the product name
 * @param section the marked entry of the navigation; null for none
 * @param refreshSeconds reload interval without JavaScript; 0 for none
 */
public record PageMeta(String title, @Nullable Section section, int refreshSeconds) {

  public static PageMeta of(Section section) {
    return new PageMeta(section.label(), section, 0);
  }

  public static PageMeta of(String title, Section section) {
    return new PageMeta(title, section, 0);
  }

  /** A page outside the main navigation. */
  public static PageMeta titled(String title) {
    return new PageMeta(title, null, 0);
  }

  /** The same page, with a reload interval while it shows work in progress. */
  public PageMeta refreshedWhile(boolean live, int seconds) {
    return live ? refreshedEvery(seconds) : this;
  }

  /** The same page with a reload interval, for work in progress. */
  public PageMeta refreshedEvery(int seconds) {
    return new PageMeta(title, section, seconds);
  }

  public boolean marks(Section other) {
    return Optional.ofNullable(section).filter(other::equals).isPresent();
  }
}
