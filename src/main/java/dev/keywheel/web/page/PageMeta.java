package dev.keywheel.web.page;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the layout has to know of a page.
 *
 * @param title of the document, without the product's name
 * @param section the entry of the navigation that is marked; null for none
 * @param refreshSeconds with JavaScript off, load the page again after so long; 0 for never
 */
public record PageMeta(String title, @Nullable Section section, int refreshSeconds) {

  public static PageMeta of(Section section) {
    return new PageMeta(section.label(), section, 0);
  }

  public static PageMeta of(String title, Section section) {
    return new PageMeta(title, section, 0);
  }

  /** A page that belongs to no entry of the navigation. */
  public static PageMeta titled(String title) {
    return new PageMeta(title, null, 0);
  }

  /** The same page while something on it is still going on. */
  public PageMeta refreshedEvery(int seconds) {
    return new PageMeta(title, section, seconds);
  }

  public boolean marks(Section other) {
    return Optional.ofNullable(section).filter(other::equals).isPresent();
  }
}
