package dev.keywheel.support;

import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.ReducedMotion;
import java.util.List;

/**
 * How a page is displayed: the width of the window in CSS pixels, light or dark, with or without
 * JavaScript. Motion is reduced unless a test requests it, so that no screenshot shows a transition
 * in progress.
 */
public record Look(int width, int height, boolean dark, boolean javaScript, boolean motion) {
  public static final Look DESKTOP = new Look(1280, 900, false, true, false);
  public static final Look DESKTOP_DARK = new Look(1280, 900, true, true, false);
  public static final Look PHONE = new Look(360, 740, false, true, false);
  public static final Look PHONE_DARK = new Look(360, 740, true, true, false);

  /** A tablet in portrait orientation. */
  public static final Look TABLET = new Look(768, 1024, false, true, false);

  public static final Look TABLET_DARK = new Look(768, 1024, true, true, false);
  public static final Look WIDE = new Look(1920, 1080, false, true, false);
  public static final Look WIDE_DARK = new Look(1920, 1080, true, true, false);

  public static final List<Look> ALL =
      List.of(DESKTOP, DESKTOP_DARK, PHONE, PHONE_DARK, TABLET, TABLET_DARK, WIDE, WIDE_DARK);

  public Look withoutJavaScript() {
    return new Look(width, height, dark, false, motion);
  }

  public Look withMotion() {
    return new Look(width, height, dark, javaScript, true);
  }

  /** The part of a screenshot's file name, such as {@code 1280-light}. */
  public String label() {
    return width + (dark ? "-dark" : "-light");
  }

  NewContextOptions options() {
    return new NewContextOptions()
        .setViewportSize(width, height)
        .setColorScheme(dark ? ColorScheme.DARK : ColorScheme.LIGHT)
        .setReducedMotion(motion ? ReducedMotion.NO_PREFERENCE : ReducedMotion.REDUCE)
        .setJavaScriptEnabled(javaScript)
        .setHasTouch(width < 600)
        .setLocale("en-GB")
        .setTimezoneId("UTC")
        .setAcceptDownloads(true);
  }
}
