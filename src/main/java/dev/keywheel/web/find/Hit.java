package dev.keywheel.web.find;

/**
 * A search hit.
 *
 * @param note distinguishes hits of the same name; may be empty
 * @param path URL of the hit
 */
public record Hit(String label, String note, String icon, String path) {}
