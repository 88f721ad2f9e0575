package dev.keywheel.sandbox.faults;

/**
 * A sandbox key for users who try the product.
 *
 * @param name name of the key, in the form of an email address
 * @param key the key itself, which names its behaviour; not a secret
 */
public record SampleKey(String name, String key) {}
