package dev.keywheel.web.find;

/**
 * Something that was found.
 *
 * @param note what tells it apart from others of the same name; may be empty
 * @param path where it is
 */
public record Hit(String label, String note, String icon, String path) {}
