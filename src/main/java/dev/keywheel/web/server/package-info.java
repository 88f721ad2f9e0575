/**
 * The HTTP server of all screens: routes, request guard, error pages, health and connections.
 *
 * <h2>How to write a screen</h2>
 *
 * <p>The settings ({@code web.settings}) are the example. A screen has
 *
 * <ol>
 *   <li>a class that implements {@link dev.keywheel.web.server.Screen} and lists its routes, each
 *       with the required role. A handler has up to ten lines: read ({@link
 *       dev.keywheel.web.form.Form}), call a service, answer ({@link
 *       dev.keywheel.web.server.WebContext}, {@link dev.keywheel.web.page.Htmx});
 *   <li>a record for each page or fragment, built from values: no query when it is rendered;
 *   <li>templates in {@code src/main/jte/<screen>/}, each taking that record. {@code
 *       templates.settingsIndex(page)} is {@code settings/index.jte}; a wrong name or type does not
 *       compile. A template is the page without the layout; {@code web.page} puts the layout around
 *       it, {@code web.fragment} does not.
 * </ol>
 *
 * <p>The URL of a page returns the whole page; a fragment has its own URL. A fragment that the page
 * requests automatically is registered with {@link dev.keywheel.web.server.Routes#poll}, so that it
 * does not extend the session.
 *
 * <p>Every htmx element is a link or form that also works without JavaScript. A form starts with
 * {@code @template.component.token()}; without it, the request guard refuses the form. A form that
 * must not be processed twice also has {@code @template.component.once()}, whose {@code request_id}
 * the service keeps unique. After a change, a handler calls {@code web.done(…)}, or {@code
 * web.flash(…)} and {@code Htmx.seeOther(…)}, or returns the changed fragment if {@code
 * Htmx.isFragmentRequest(ctx)}.
 *
 * <p>Errors are thrown as exceptions (package {@code problem}); {@code Errors} turns them into an
 * error page or a sentence. A handler catches {@code Rejected} only to show the form again with the
 * sentence at its field. {@code FormErrorStatus} sets the status, usually 422.
 *
 * <p>Common components ({@code src/main/jte/component/}): {@code pageHead}, {@code badge}, {@code
 * field}, {@code empty}, {@code notice}, {@code pager}, {@code progress}, {@code time}, {@code
 * icon}, {@code toast}, {@code wheel}, {@code token}, {@code once}. Styles: one file for each
 * component in {@code static/css/}, served as one stylesheet; a screen adds {@code
 * static/css/<screen>.css} in the layer {@code screens}.
 */
@NullMarked
package dev.keywheel.web.server;

import org.jspecify.annotations.NullMarked;
