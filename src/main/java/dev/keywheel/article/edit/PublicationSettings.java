package dev.keywheel.article.edit;

import dev.keywheel.article.page.Publication;
import dev.keywheel.problem.Rejected;
import dev.keywheel.problem.Rejections;
import dev.keywheel.secret.shape.SecretShape;
import dev.keywheel.settings.SettingsStore;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The publication settings of a workspace, stored under {@link #NAME}.
 *
 * @param site base URL of the articles: an article without its own address gets this URL followed
 *     by its slug; may be empty
 * @param author default author for the byline and the structured data; may be empty
 * @param publisher for the structured data; may be empty
 */
public record PublicationSettings(String site, String author, String publisher) {
  public static final String NAME = "publishing";
  public static final PublicationSettings DEFAULT = new PublicationSettings("", "", "");
  private static final int MAX_NAME_LENGTH = 100;

  /**
   * Checks the values that a user typed.
   *
   * @param before the stored values; an unchanged value is accepted even if it contains a key
   * @throws Rejected with the fields' names and the allowed values
   */
  public static PublicationSettings of(
      String site, String author, String publisher, PublicationSettings before) {
    return Rejections.collect(
        fields ->
            new PublicationSettings(
                fields.read("", () -> checked("site", before.site, baseUrl(site))),
                fields.read("", () -> checked("author", before.author, name("author", author))),
                fields.read(
                    "",
                    () -> checked("publisher", before.publisher, name("publisher", publisher)))));
  }

  private static String baseUrl(String site) {
    var address = Publication.address("site", site);
    if (address != null && address.contains("?")) {
      throw new Rejected(
          "site", "Enter an address without a question mark; slugs are appended to it.");
    }
    return address == null ? "" : address.endsWith("/") ? address : address + "/";
  }

  private static String name(String field, String typed) {
    var name = typed.strip();
    Rejected.checkLength(field, "This has", name.length(), MAX_NAME_LENGTH);
    return name;
  }

  private static String checked(String field, String before, String text) {
    SecretShape.CERTAIN.refuse(field, text, before);
    return text;
  }

  /**
   * Publication data of an article.
   *
   * @param own the article's own address; null if none was set
   * @param ownAuthor the article's own author; null for {@link #author}
   */
  public Publication publication(@Nullable String own, @Nullable String ownAuthor, String slug) {
    var address = own != null ? own : site.isEmpty() ? null : site + slug;
    return new Publication(address, ownAuthor == null ? author : ownAuthor, publisher);
  }

  public static PublicationSettings of(SettingsStore settings, UUID workspace) {
    return settings.read(workspace, NAME, PublicationSettings.class, DEFAULT);
  }
}
