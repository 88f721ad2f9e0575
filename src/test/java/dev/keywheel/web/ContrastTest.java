package dev.keywheel.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The contrast of colours that are used together, in light and dark (WCAG 2.2, 1.4.3, 1.4.11). */
class ContrastTest {
  private static final double TEXT = 4.5;
  private static final double SHAPE = 3;
  private static final Pattern TOKEN =
      Pattern.compile("--([a-z0-9-]+): light-dark\\((#[0-9a-f]{6}), (#[0-9a-f]{6})\\);");

  private final Map<String, List<String>> tokens = new HashMap<>();

  @BeforeEach
  void read() throws IOException {
    var css = Files.readString(Path.of("static/css/tokens.css"));
    TOKEN
        .matcher(css)
        .results()
        .forEach(t -> tokens.put(t.group(1), List.of(t.group(2), t.group(3))));
    assertThat(tokens).hasSizeGreaterThan(30);
  }

  @ParameterizedTest
  @CsvSource({
    "text, surface",
    "text, ground",
    "text, surface-2",
    "text, surface-3",
    "text, accent-soft",
    "text-2, surface",
    "text-2, ground",
    "text-2, surface-2",
    "accent, surface",
    "accent, ground",
    "accent-hover, surface",
    "on-accent, accent",
    "on-accent, accent-hover",
    "accent-soft-text, accent-soft",
    "ok, ok-soft",
    "warn, warn-soft",
    "bad, bad-soft",
    "info, info-soft",
    "off, off-soft",
    "bad, surface",
    "surface, ok",
    "log-text, log-ground",
    "log-dim, log-ground",
  })
  void text_has_enough_contrast(String text, String ground) {
    assertContrast(text, ground, TEXT);
  }

  @ParameterizedTest
  @CsvSource({
    "line-strong, surface", "line-strong, ground", "focus, surface", "focus, ground",
    "ok-mark, surface", "warn-mark, surface", "bad-mark, surface", "info-mark, surface",
    "off-mark, surface", "ok-mark, ok-soft", "accent, surface-3",
  })
  void edges_and_marks_have_enough_contrast(String mark, String ground) {
    assertContrast(mark, ground, SHAPE);
  }

  private void assertContrast(String one, String other, double least) {
    assertThat(tokens).containsKeys(one, other);
    for (int theme = 0; theme < 2; theme++) {
      double ratio = ratio(tokens.get(one).get(theme), tokens.get(other).get(theme));
      assertThat(ratio)
          .as("%s on %s, %s", one, other, theme == 0 ? "light" : "dark")
          .isGreaterThanOrEqualTo(least);
    }
  }

  private static double ratio(String one, String other) {
    double a = luminance(one);
    double b = luminance(other);
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  }

  private static double luminance(String hex) {
    int rgb = Integer.parseInt(hex.substring(1), 16);
    return 0.2126 * linear(rgb >> 16 & 255)
        + 0.7152 * linear(rgb >> 8 & 255)
        + 0.0722 * linear(rgb & 255);
  }

  private static double linear(int channel) {
    double value = channel / 255.0;
    return value <= 0.04045 ? value / 12.92 : Math.pow((value + 0.055) / 1.055, 2.4);
  }
}
