package dev.keywheel.article.export;

import dev.keywheel.article.page.ArticleParts;
import dev.keywheel.article.page.Assembly;
import dev.keywheel.article.page.CoverImage;
import dev.keywheel.article.page.Publication;
import dev.keywheel.article.text.TextCleaner;
import dev.keywheel.article.text.Tokenizer;
import dev.keywheel.db.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The schema.org data of an article, from the same texts as the page.
 *
 * @param json the whole graph
 */
record StructuredData(Map<String, Object> json) {
  private static final int MAX_HEADLINE = 110;

  static StructuredData of(ArticleParts parts) {
    var graph = new ArrayList<Object>();
    graph.add(article(parts));
    graph.add(breadcrumb(parts));
    var questions = questions(parts);
    if (!questions.isEmpty()) {
      graph.add(typed("FAQPage", "mainEntity", questions));
    }
    var tool = parts.tool();
    if (tool != null) {
      var app = typed("WebApplication", "name", parts.toolName());
      app.put("description", parts.plan().tool().purpose());
      app.put("applicationCategory", "UtilitiesApplication");
      app.put("operatingSystem", "Any");
      app.put("isAccessibleForFree", true);
      graph.add(app);
    }
    var all = new LinkedHashMap<String, Object>();
    all.put("@context", "https://schema.org");
    all.put("@graph", graph);
    return new StructuredData(all);
  }

  private static Map<String, Object> article(ArticleParts parts) {
    var plan = parts.plan();
    var article = typed("Article", "headline", TextCleaner.cut(plan.title(), MAX_HEADLINE));
    article.put("description", plan.metaDescription());
    article.put("datePublished", parts.published().toString());
    article.put("dateModified", parts.updated().toString());
    article.put("inLanguage", parts.language());
    article.put("keywords", String.join(", ", plan.keywords()));
    article.put("wordCount", Tokenizer.count(new Assembly(parts).plainText()));
    var publication = parts.publication();
    var address = publication.address();
    if (address != null) {
      article.put("mainEntityOfPage", address);
    }
    if (parts.picture()) {
      article.put("image", picture(publication));
    }
    if (!publication.author().isEmpty()) {
      article.put("author", typed("Person", "name", publication.author()));
    }
    if (!publication.publisher().isEmpty()) {
      article.put("publisher", typed("Organization", "name", publication.publisher()));
    }
    // The page also shows the author as the reviewer; the user who reviewed is not published.
    if (parts.reviewed() != null && !publication.author().isEmpty()) {
      article.put("editor", typed("Person", "name", publication.author()));
    }
    return article;
  }

  private static Map<String, Object> picture(Publication publication) {
    var picture = typed("ImageObject", "url", publication.picture());
    picture.put("width", CoverImage.WIDTH);
    picture.put("height", CoverImage.HEIGHT);
    return picture;
  }

  private static Map<String, Object> breadcrumb(ArticleParts parts) {
    var item = typed("ListItem", "position", 1);
    item.put("name", parts.plan().title());
    var address = parts.publication().address();
    if (address != null) {
      item.put("item", address);
    }
    return typed("BreadcrumbList", "itemListElement", List.of(item));
  }

  private static List<Object> questions(ArticleParts parts) {
    var found = new ArrayList<Object>();
    for (var q : parts.plan().faq()) {
      var answer = parts.faq().plain(q.id());
      if (!answer.isBlank()) {
        var question = typed("Question", "name", q.text());
        question.put("acceptedAnswer", typed("Answer", "text", answer));
        found.add(question);
      }
    }
    return found;
  }

  private static Map<String, Object> typed(String type, String name, Object value) {
    var thing = new LinkedHashMap<String, Object>();
    thing.put("@type", type);
    thing.put(name, value);
    return thing;
  }

  /** The JSON, escaped so that no text in it can end the script element around it. */
  String script() {
    return Json.text(json)
        .replace("<", "\\u003c")
        .replace(">", "\\u003e")
        .replace("&", "\\u0026")
        .replace("\u2028", "\\u2028")
        .replace("\u2029", "\\u2029");
  }
}
