package dev.keywheel.article.export;

import dev.keywheel.article.page.ArticleParts.Text;
import dev.keywheel.article.page.Assembly;
import dev.keywheel.article.page.Publication;
import dev.keywheel.article.text.MarkdownWriter;
import dev.keywheel.article.tool.FramedTool;
import dev.keywheel.db.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;

/** Writes an article in each format that users can download. */
public final class Exports {

  /** A self-contained HTML file with style, picture and tool, which works from disk. */
  public byte[] html(ArticleFile file) {
    return bytes(standalone(file, file.pictureUrl()));
  }

  private static String standalone(ArticleFile file, @Nullable String pictureSrc) {
    var tool = file.parts().tool();
    var sources =
        new Assembly.Sources(pictureSrc, null, tool == null ? null : FramedTool.document(tool));
    return StandalonePage.html(file.parts(), new Assembly(file.parts()).body(sources));
  }

  public byte[] markdown(ArticleFile file) {
    return bytes(MarkdownFile.of(file, file.picture() == null ? "" : Publication.PICTURE));
  }

  /** The parts and data of the article for programs. */
  public byte[] json(ArticleFile file) {
    return bytes(Json.text(data(file)));
  }

  private static Map<String, Object> data(ArticleFile file) {
    var parts = file.parts();
    var plan = parts.plan();
    var tool = parts.tool();
    var data = new LinkedHashMap<String, Object>();
    data.put("title", plan.title());
    data.put("slug", plan.slug());
    data.put("topic", file.topic());
    data.put("language", parts.language());
    data.put("excerpt", plan.summary());
    data.put("meta_description", plan.metaDescription());
    data.put("primary_keyword", plan.primaryKeyword());
    data.put("keywords", plan.keywords());
    data.put("section_1_headings", plan.section1().headings().stream().map(h -> h.text()).toList());
    data.put("section_2_headings", plan.section2().headings().stream().map(h -> h.text()).toList());
    data.put("faq_questions", plan.faq().stream().map(q -> q.text()).toList());
    texts(data, "section_1", parts.section1());
    texts(data, "section_2", parts.section2());
    texts(data, "guide", parts.guide());
    texts(data, "faq", parts.faq());
    if (tool != null) {
      data.put("validated_tool_result", tool.html());
      data.put("tool_manifest", tool.manifest());
    }
    data.put("image_alt", parts.pictureAlt());
    data.put("url", Objects.requireNonNullElse(parts.publication().address(), ""));
    data.put("author", parts.publication().author());
    data.put("complete_article", standalone(file, null));
    data.put("structured_data", StructuredData.of(parts).json());
    data.put("score", file.quality().score());
    data.put("published", parts.published());
    data.put("updated", parts.updated());
    data.put("made_with_ai", true);
    data.put("reviewed", parts.reviewed());
    data.put("reviewed_by", parts.reviewed() == null ? "" : parts.publication().author());
    return data;
  }

  /** Adds the blocks of a part by id, as Markdown and as HTML. */
  private static void texts(Map<String, Object> data, String name, Text part) {
    var markdown = new LinkedHashMap<String, String>();
    var html = new LinkedHashMap<String, String>();
    for (var id : part.texts().blocks().keySet()) {
      var written = new MarkdownWriter();
      part.write(id, written);
      markdown.put(id, written.text().strip());
      html.put(id, part.html(id).html());
    }
    data.put(name, markdown);
    data.put(name + "_html", html);
  }

  /** A WordPress import file (WXR) with one draft. */
  public byte[] wordpress(ArticleFile file) {
    return bytes(WordPress.importFile(file));
  }

  /** All formats in one archive, with the tool, the picture and a report of the calls. */
  public byte[] zip(ArticleFile file) {
    var files = new LinkedHashMap<String, byte[]>();
    var picture = file.picture();
    files.put("index.html", bytes(standalone(file, picture == null ? null : Publication.PICTURE)));
    var tool = file.parts().tool();
    if (tool != null) {
      files.put("tool.html", bytes(FramedTool.page(tool, file.parts().toolName())));
    }
    if (picture != null) {
      files.put(Publication.PICTURE, picture);
    }
    files.put("article.md", markdown(file));
    files.put("article.json", json(file));
    files.put("structured-data.json", bytes(Json.text(StructuredData.of(file.parts()).json())));
    files.put("wordpress/post.html", bytes(WordPress.blocks(file)));
    files.put("wordpress/import.xml", wordpress(file));
    files.put(
        "run-report.json",
        bytes(Json.text(Map.of("calls", file.calls(), "quality", file.quality()))));
    return zipped(files, file);
  }

  /** Packs the files. The archive is deterministic: its entries have the time of the article. */
  private static byte[] zipped(Map<String, byte[]> files, ArticleFile file) {
    var out = new ByteArrayOutputStream();
    try (var zip = new ZipOutputStream(out)) {
      for (var f : files.entrySet()) {
        var entry = new ZipEntry(f.getKey());
        entry.setTimeLocal(file.parts().updated().atOffset(ZoneOffset.UTC).toLocalDateTime());
        zip.putNextEntry(entry);
        zip.write(f.getValue());
        zip.closeEntry();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
