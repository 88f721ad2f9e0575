package dev.keywheel.article;

import dev.keywheel.people.Person;
import java.util.List;
import java.util.UUID;

/** Articles, as people make and read them. */
public final class Articles {

  /**
   * Creates the article and its run; the run starts at once, or is queued when enough are running.
   *
   * @param requestId from the form: the same one again gives the same run
   * @return id of the run
   * @throws dev.keywheel.problem.Refused with the field's name when the form cannot be used
   * @throws dev.keywheel.problem.TooMany when 50 runs are queued
   */
  public UUID generate(NewArticle form, Person who, UUID requestId) {
    throw new UnsupportedOperationException("not yet");
  }

  /**
   * @throws dev.keywheel.problem.NotFound when the workspace has no such article
   */
  public ArticleView article(UUID workspace, UUID articleId) {
    throw new UnsupportedOperationException("not yet");
  }

  /**
   * Newest first.
   *
   * @param search words of title or topic, empty for all
   * @param offset of the first line
   */
  public List<ArticleRow> articles(UUID workspace, String search, int offset, int limit) {
    throw new UnsupportedOperationException("not yet");
  }

  /**
   * The document for the tool's own frame, with the headers it is to be sent with.
   *
   * @param part id of the tool's version
   * @param sha256 of the document, in hex: the address of another text is not found
   */
  public ToolFrame tool(UUID workspace, UUID part, String sha256) {
    throw new UnsupportedOperationException("not yet");
  }

  /** The picture as PNG, 1200 × 630, or 600 × 315 when {@code small}. */
  public Picture picture(UUID workspace, UUID articleId, boolean small) {
    throw new UnsupportedOperationException("not yet");
  }

  /**
   * A file to take away.
   *
   * @throws dev.keywheel.problem.Refused when the article has no plan yet
   */
  public Download download(UUID workspace, UUID articleId, Format format) {
    throw new UnsupportedOperationException("not yet");
  }

  /** Takes the article off the lists; its runs and log stay. */
  public void delete(UUID articleId, Person who) {
    throw new UnsupportedOperationException("not yet");
  }

  /** Bytes of a picture; {@code sha256} in hex serves as ETag. */
  public record Picture(byte[] png, String sha256) {}

  /**
   * The tool's document.
   *
   * @param headers name and value, all to be sent: they are what keeps the tool in its frame
   */
  public record ToolFrame(String html, java.util.Map<String, String> headers) {}

  /** A file: its name, media type and bytes. */
  public record Download(String fileName, String mediaType, byte[] bytes) {}

  /** What an article can be taken away as; {@code label} is the name of the link. */
  public enum Format {
    HTML("Download HTML"),
    MARKDOWN("Download Markdown"),
    ZIP("Download ZIP"),
    JSON("Download JSON"),
    WORDPRESS("Download WordPress file");

    private final String label;

    Format(String label) {
      this.label = label;
    }

    public String label() {
      return label;
    }

    /** The word in addresses. */
    public String word() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }
}
