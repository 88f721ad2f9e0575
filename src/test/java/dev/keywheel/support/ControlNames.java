package dev.keywheel.support;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.microsoft.playwright.Page;
import java.util.List;

/**
 * The controls of a page by role and name, as reported to assistive technology. Words that are
 * separated only by a style are joined.
 */
public final class ControlNames {
  private ControlNames() {}

  /** All visible controls within this selector, in order: {@code button "Save"}. */
  @SuppressWarnings("unchecked")
  public static List<String> within(Page page, String selector) {
    Axe.load(page);
    return (List<String>)
        page.evaluate(
            "selector => ("
                + CONTROLS
                + ")(document.querySelector(selector))"
                + ".map(control => control.role + ' ' + JSON.stringify(control.name))",
            selector);
  }

  /**
   * Asserts that every control has a name, and that no two controls with different actions in one
   * row, list, form or part of the page have the same name.
   */
  static void assertSound(Page page) {
    Axe.load(page);
    assertEquals(
        "",
        page.evaluate("() => " + "(" + FAULTS + ")((" + CONTROLS + ")(document.body))"),
        page::url);
  }

  /**
   * Each control within a root, with its role, its name, its action, and the part that contains it.
   */
  private static final String CONTROLS =
      """
      root => {
        const does = e => {
          if (e.matches('a[href]')) return e.href;
          if (e.matches('button, input[type=submit]') && e.type === 'submit' && e.form) {
            const to = e.hasAttribute('formaction') ? e.formAction : e.form.getAttribute('action');
            const carried = [...e.form.querySelectorAll('input[type=hidden]')].map(i => i.name + i.value);
            return to + e.name + e.value + carried;
          }
          return e;
        };
        axe.setup(document);
        const inFront = document.querySelector('dialog:modal') ?? root; // the content below it cannot be reached
        try {
          return [...inFront.querySelectorAll('a[href], button, summary, select, textarea, iframe,'
              + ' input:not([type=hidden]), [role=button], [role=tab], [role=menuitem], [contenteditable=true]')]
            .filter(e => e.checkVisibility({visibilityProperty: true}) && !e.closest('[aria-hidden=true], [inert]'))
            .map(e => ({
              role: axe.commons.aria.getRole(e) ?? e.localName,
              name: axe.commons.text.accessibleText(e).replace(/\\s+/g, ' ').trim(),
              does: does(e),
              part: e.closest('tr, li, form, fieldset, nav, details, section, article, dialog, header, main'),
              html: e.outerHTML.slice(0, 160)
            }));
        } finally {
          axe.teardown();
        }
      }
      """;

  private static final String FAULTS =
      """
      controls => {
        const faults = controls.filter(c => c.name === '').map(c => 'has no name: ' + c.html);
        const called = new Map();
        for (const c of controls) {
          const same = called.get(c.part) ?? new Map();
          called.set(c.part, same);
          const key = c.role + ' ' + c.name;
          if (same.has(key) && same.get(key).does !== c.does) {
            faults.push('two called ' + key + ': ' + same.get(key).html + ' and ' + c.html);
          }
          same.set(key, c);
        }
        return faults.join('\\n');
      }
      """;
}
