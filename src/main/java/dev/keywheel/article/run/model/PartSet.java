package dev.keywheel.article.run.model;

import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.plan.Texts;
import dev.keywheel.article.run.model.PartBodies.TextBody;
import dev.keywheel.article.run.model.PartBodies.ToolBody;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The current parts of an article, with typed access to their bodies. */
public record PartSet(Map<PartName, Part> parts) {

  public static PartSet of(List<Part> current) {
    var byName = new EnumMap<PartName, Part>(PartName.class);
    current.forEach(p -> byName.put(p.name(), p));
    return new PartSet(byName);
  }

  public Optional<Part> part(PartName name) {
    return Optional.ofNullable(parts.get(name));
  }

  public Optional<PagePlan> plan() {
    return part(PartName.PLAN).map(p -> p.as(PagePlan.class));
  }

  public Optional<ToolBody> tool() {
    return part(PartName.TOOL).map(p -> p.as(ToolBody.class));
  }

  /** Whether this body changes the tool, so that the guide no longer fits it. */
  public boolean outdatesGuide(Object body) {
    return body instanceof ToolBody changed
        && tool().filter(now -> now.document().html().equals(changed.document().html())).isEmpty();
  }

  /** Texts of a part; none when there is no such part. */
  public Texts texts(PartName name) {
    return body(name).texts();
  }

  /** A guide, section or FAQ; an empty one when there is no such part. */
  public TextBody body(PartName name) {
    return part(name)
        .map(p -> p.as(TextBody.class))
        .orElseGet(() -> new TextBody(new Texts(Map.of()), Map.of(), Set.of()));
  }
}
