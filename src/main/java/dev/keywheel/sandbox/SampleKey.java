package dev.keywheel.sandbox;

/**
 * A key of the sandbox to try the product with.
 *
 * @param name like the e-mail of an account
 * @param key the key's text, which is its behaviour; no secret
 * @param shows what happens with it, as a sentence for people
 */
public record SampleKey(String name, String key, String shows) {}
