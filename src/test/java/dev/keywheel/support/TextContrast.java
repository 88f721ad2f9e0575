package dev.keywheel.support;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.microsoft.playwright.Page;

/**
 * Checks the contrast between every visible text and its background (WCAG 2.2, 1.4.3), computed
 * from the colours of its element and of the elements that contain it. This takes a fiftieth of the
 * time of axe's rule, which also considers elements that overlap a text without containing it, and
 * which checks the main pages. Both ignore text over an image, single characters, icons and
 * disabled controls.
 */
final class TextContrast {
  private TextContrast() {}

  /** Checks the page in its current state: its theme, its width, and what is open. */
  static void assertReadable(Page page) {
    assertEquals("", page.evaluate(UNREADABLE), () -> page.url() + " has text of low contrast");
  }

  private static final String UNREADABLE =
      """
      () => {
        const cached = make => {
          const made = new Map();
          return key => made.get(key) ?? made.set(key, make(key)).get(key);
        };
        const colour = cached(text => {
          const [, kind] = /^(rgb|rgba|color)\\((?!display-p3|xyz)/.exec(text) ?? [];
          if (!kind) throw new Error('a colour of an unknown kind: ' + text);
          const [r, g, b, alpha = 1] = text.match(/[\\d.]+(e-\\d+)?/g).map(Number);
          return {rgb: kind === 'color' ? [r, g, b] : [r / 255, g / 255, b / 255], alpha};
        });
        const mixed = (top, alpha, below) => top.map((part, i) => part * alpha + below[i] * (1 - alpha));
        const luminance = rgb => rgb
          .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
          .reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0);
        const ratio = (one, other) => {
          const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
          return (light + 0.05) / (dark + 0.05);
        };
        const surface = cached(e => {
          const below = e.parentElement ? surface(e.parentElement) : {rgb: [1, 1, 1], opacity: 1};
          const style = getComputedStyle(e);
          const {rgb, alpha} = colour(style.backgroundColor);
          const opacity = below.opacity * style.opacity;
          const covers = alpha * opacity === 1;
          return {
            rgb: mixed(rgb, alpha * opacity, below.rgb),
            opacity,
            image: style.backgroundImage !== 'none' || below.image && !covers,
            cut: below.cut || style.clipPath !== 'none',
          };
        });
        const left = 'svg, iframe, option, [aria-disabled=true], [inert], :disabled';
        const low = [];
        const look = (e, style = getComputedStyle(e)) => {
          if (!e.checkVisibility({visibilityProperty: true, opacityProperty: true})) return;
          if (e.closest(left) || e.closest('label')?.control?.disabled) return;
          const box = e.getBoundingClientRect();
          if (box.width <= 1 || box.right <= 0 || box.bottom + scrollY <= 0) return;
          const {rgb, opacity, image, cut} = surface(e);
          if (image || cut) return;
          const text = colour(style.color);
          const size = parseFloat(style.fontSize);
          const needed = size >= 24 || size >= 18.66 && style.fontWeight >= 700 ? 3 : 4.5;
          const found = ratio(mixed(text.rgb, text.alpha * opacity, rgb), rgb);
          if (found < needed) {
            low.push(`${found.toFixed(2)} instead of ${needed}: ${style.color} in ${e.outerHTML.slice(0, 160)}`);
          }
        };
        const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        const seen = new Set();
        while (texts.nextNode()) {
          const {data, parentElement: e} = texts.currentNode;
          if (seen.has(e) || data.trim().length < 2 || !/[\\p{L}\\p{N}]/u.test(data)) continue;
          seen.add(e);
          look(e);
        }
        for (const e of document.querySelectorAll('input:not([type=hidden]), textarea, select')) {
          if (e.value) look(e);
          else if (e.placeholder) look(e, getComputedStyle(e, '::placeholder'));
        }
        return low.slice(0, 12).join('\\n');
      }
      """;
}
