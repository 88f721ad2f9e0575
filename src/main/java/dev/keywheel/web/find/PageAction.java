package dev.keywheel.web.find;

import dev.keywheel.web.page.Theme;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Stream;

/** Actions that are also in the top bar of each page; their forms are in the page layout. */
final class PageAction {
  private PageAction() {}

  static Stream<Hit> matching(SearchQuery query) {
    var leave =
        new Hit("Sign out", "", "leave", "/logout", new Hit.SubmitButton("sign-out", "", ""));
    return Stream.concat(
        Arrays.stream(Theme.values())
            .map(PageAction::hit)
            .filter(it -> matches(query, it, "theme")),
        Stream.of(leave).filter(it -> matches(query, it, "log out")));
  }

  private static boolean matches(SearchQuery query, Hit hit, String keywords) {
    return query.matches(hit.label() + " " + keywords);
  }

  private static Hit hit(Theme theme) {
    var label = "Appearance: " + theme.label().toLowerCase(Locale.ROOT);
    var button = new Hit.SubmitButton("appearance", "theme", theme.code());
    return new Hit(label, "", "theme-" + theme.code(), "/theme", button);
  }
}
