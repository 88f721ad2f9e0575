package dev.keywheel.sandbox.faults;

/**
 * A key of the sandbox to try the product with.
 *
 * @param name in the form of an e-mail address
 * @param key the key itself, which names its behaviour; not a secret
 */
public record SampleKey(String name, String key) {}
