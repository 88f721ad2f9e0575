package dev.keywheel.article.edit;

import dev.keywheel.article.edit.DetailsEditor.Details;
import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.plan.Slug;
import dev.keywheel.article.text.TextCleaner;
import dev.keywheel.problem.Rejected;
import dev.keywheel.problem.Rejections;
import dev.keywheel.secret.shape.SecretShape;

/** Replaces fields of a plan with typed or older ones; headings and questions stay. Pure. */
final class PlanFields {
  private PlanFields() {}

  static PagePlan changed(PagePlan plan, Details typed) {
    return Rejections.collect(fields -> changed(plan, typed, fields));
  }

  private static PagePlan changed(PagePlan plan, Details typed, Rejections fields) {
    var stored = Details.of(plan, "").keywords();
    var keywords = NewArticle.keywords(typed.keywords());
    boolean same =
        stored.equals(String.join(", ", keywords))
            || TextCleaner.line(stored).equals(TextCleaner.line(typed.keywords()));
    if (!same) {
      var text = String.join(", ", keywords);
      fields.check(() -> NewArticle.checkKeywords(text, keywords, DetailsEditor.MAX_KEYWORDS));
    }
    var primary = keywords.isEmpty() ? plan.primaryKeyword() : keywords.getFirst();
    int title = DetailsEditor.MAX_TITLE;
    int summary = DetailsEditor.MAX_SUMMARY;
    int description = DetailsEditor.MAX_DESCRIPTION;
    return new PagePlan(
        read(fields, "title", plan.title(), typed.title(), 3, title),
        fields.read("", () -> slug(plan.slug(), typed.slug())),
        read(fields, "description", plan.metaDescription(), typed.description(), 1, description),
        same ? plan.primaryKeyword() : primary,
        same ? plan.keywords() : keywords,
        read(fields, "summary", plan.summary(), typed.summary(), 0, summary),
        new PagePlan.Section(
            read(fields, "section1", plan.section1().title(), typed.section1(), 1, title),
            plan.section1().headings()),
        new PagePlan.Section(
            read(fields, "section2", plan.section2().title(), typed.section2(), 1, title),
            plan.section2().headings()),
        plan.faq(),
        plan.tool(),
        plan.image());
  }

  private static String read(
      Rejections fields, String field, String stored, String typed, int least, int most) {
    return fields.read(stored, () -> line(field, stored, typed, least, most));
  }

  private static String slug(String stored, String typed) {
    var slug = Slug.of(line("slug", stored, typed, 1, DetailsEditor.MAX_SLUG), "");
    if (slug.isEmpty()) {
      throw new Rejected("slug", "Use letters or digits.");
    }
    return slug;
  }

  static String line(String field, String stored, String typed, int least, int most) {
    var line = TextCleaner.line(typed);
    if (line.length() < least) {
      throw new Rejected(
          field, least == 1 ? "Enter some text." : "Enter at least " + least + " characters.");
    }
    Rejected.checkLength(field, "This has", line.length(), most);
    SecretShape.CERTAIN.refuse(field, line, TextCleaner.line(stored));
    return line;
  }

  /** The plan with the fields of an older version; headings, questions, tool and picture stay. */
  static PagePlan withFields(PagePlan plan, PagePlan fields) {
    return new PagePlan(
        fields.title(),
        fields.slug(),
        fields.metaDescription(),
        fields.primaryKeyword(),
        fields.keywords(),
        fields.summary(),
        new PagePlan.Section(fields.section1().title(), plan.section1().headings()),
        new PagePlan.Section(fields.section2().title(), plan.section2().headings()),
        plan.faq(),
        plan.tool(),
        plan.image());
  }
}
