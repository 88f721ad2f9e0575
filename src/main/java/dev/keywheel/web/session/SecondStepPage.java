package dev.keywheel.web.session;

import dev.keywheel.people.factor.FactorStatus;
import dev.keywheel.web.form.Fields;

/**
 * Asks for the second factor after the password.
 *
 * @param factors the user's factors
 * @param next the local page to go to
 * @param kept a pending form, encoded for the page; may be empty
 */
public record SecondStepPage(
    FactorStatus factors, String passkeyHost, String next, String kept, Fields fields) {}
