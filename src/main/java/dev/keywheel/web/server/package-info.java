/**
 * The HTTP server that all screens share: routes, request guard, error pages, health, connections.
 *
 * <h2>How a screen is made</h2>
 *
 * <p>The settings ({@code web.settings}) are the example. A screen has
 *
 * <ol>
 *   <li>a class that implements {@link dev.keywheel.web.server.Screen} and lists its routes, each with who may
 *       use it. A handler has up to ten lines: read ({@link dev.keywheel.web.form.Form}), call a service,
 *       answer ({@link dev.keywheel.web.server.View}, {@link dev.keywheel.web.page.Htmx});
 *   <li>a record for each page or fragment, built from values: no query when it is rendered;
 *   <li>templates in {@code src/main/jte/<screen>/}, each taking that record. {@code
 *       templates.settingsIndex(page)} is {@code settings/index.jte}; a wrong name or type does not
 *       compile. A template is the page without the layout; {@code View.page} puts the layout around
 *       it, {@code View.fragment} does not.
 * </ol>
 *
 * <p>The address of a page answers a whole page; a fragment has an address of its own. A fragment that
 * the page requests automatically is a {@link dev.keywheel.web.server.Routes#poll}, and so does not keep a session
 * alive.
 *
 * <p>Every htmx element is a working link or form first. A form starts with {@code
 * @template.component.token()}, without which the request guard refuses it; one that must not be sent twice
 * also has {@code @template.component.once()}, whose {@code request_id} the service keeps unique.
 * After a change a handler calls {@code web.done(…)}, or {@code web.flash(…)} and {@code Htmx.seeOther(…)},
 * or answers the changed fragment when {@code Htmx.asked(ctx)}.
 *
 * <p>What goes wrong is thrown (package {@code problem}) and becomes a page or a sentence in one place.
 * A handler catches {@code Rejected} only to show the form again with the sentence at its field, with
 * the status that {@code FormErrorStatus} gives it, which is 422 for nearly all.
 *
 * <p>Components ({@code src/main/jte/component/}): {@code pageHead}, {@code badge}, {@code field}, {@code
 * empty}, {@code notice}, {@code pager}, {@code progress}, {@code time}, {@code icon}, {@code toast},
 * {@code wheel}, {@code token}, {@code once}. Styles: one file for each component in {@code static/css/},
 * served as one; a screen adds {@code static/css/<screen>.css} in the layer {@code screens}.
 */
@NullMarked
package dev.keywheel.web.server;

import org.jspecify.annotations.NullMarked;
