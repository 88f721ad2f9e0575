package dev.keywheel.article.text;

import java.util.regex.Pattern;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.FencedCodeBlock;
import org.commonmark.node.Heading;
import org.commonmark.node.HtmlInline;
import org.commonmark.node.Image;
import org.commonmark.node.IndentedCodeBlock;
import org.commonmark.node.Link;
import org.commonmark.node.LinkReferenceDefinition;
import org.commonmark.node.Node;
import org.commonmark.node.Text;

/**
 * Removes markup that a text may not use: heading levels, images, links, HTML. The page and the
 * exports are rendered from the same sanitized tree, so they show the same content.
 */
final class SanitizingVisitor extends AbstractVisitor {
  private static final Pattern ALLOWED_SCHEME = Pattern.compile("(?i)(?:https?|mailto):");

  private final MarkdownToHtml.Links links;

  SanitizingVisitor(MarkdownToHtml.Links links) {
    this.links = links;
  }

  @Override
  public void visit(Heading heading) {
    heading.setLevel(4);
    visitChildren(heading);
  }

  @Override
  public void visit(Image image) {
    visitChildren(image);
    unwrap(image);
  }

  @Override
  public void visit(Link link) {
    visitChildren(link);
    if (links == MarkdownToHtml.Links.DROPPED
        || !ALLOWED_SCHEME.matcher(link.getDestination()).lookingAt()) {
      unwrap(link);
    }
  }

  @Override
  public void visit(HtmlInline html) {
    html.insertBefore(new Text(html.getLiteral()));
    html.unlink();
  }

  /**
   * Replaces indented code with fenced code, because indented code after a list would become part
   * of a list item.
   */
  @Override
  public void visit(IndentedCodeBlock code) {
    var fenced = new FencedCodeBlock();
    fenced.setLiteral(code.getLiteral());
    code.insertBefore(fenced);
    code.unlink();
  }

  /** Removes the definition of a reference link: the parser has already resolved its links. */
  @Override
  public void visit(LinkReferenceDefinition definition) {
    definition.unlink();
  }

  private static void unwrap(Node node) {
    for (Node child = node.getFirstChild(); child != null; child = node.getFirstChild()) {
      node.insertBefore(child);
    }
    node.unlink();
  }
}
