package dev.keywheel.support;

import dev.keywheel.db.Sha256;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;
import nu.validator.checker.Checker;
import nu.validator.checker.TextContentChecker;
import nu.validator.checker.UsemapChecker;
import nu.validator.checker.jing.CheckerValidator;
import nu.validator.checker.schematronequiv.Assertions;
import nu.validator.checker.table.TableChecker;
import nu.validator.htmlparser.common.XmlViolationPolicy;
import nu.validator.htmlparser.sax.HtmlParser;
import nu.validator.localentities.LocalCacheEntityResolver;
import nu.validator.vendor.thaiopensource.relaxng.impl.CombineValidator;
import nu.validator.vendor.thaiopensource.util.PropertyMap;
import nu.validator.vendor.thaiopensource.util.PropertyMapBuilder;
import nu.validator.vendor.thaiopensource.validate.IncorrectSchemaException;
import nu.validator.vendor.thaiopensource.validate.Schema;
import nu.validator.vendor.thaiopensource.validate.ValidateProperty;
import nu.validator.vendor.thaiopensource.validate.Validator;
import nu.validator.vendor.thaiopensource.validate.prop.rng.RngProperty;
import nu.validator.vendor.thaiopensource.validate.rng.CompactSchemaReader;
import nu.validator.vendor.thaiopensource.xml.sax.Jaxp11XMLReaderCreator;
import org.xml.sax.ErrorHandler;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;
import org.xml.sax.SAXParseException;

/**
 * Checks HTML with the Nu HTML Checker in this process, without a network: half a second for the
 * first page, about five milliseconds for each further one. The checker's entry point needs an HTTP
 * client, so its parts are assembled here.
 *
 * <p>Attributes for scripts ({@code data-…}, which are always allowed) and those of htmx are
 * removed first, and so is htmx's element for parts of a response, which browsers ignore.
 */
public final class HtmlValidity {
  private static final String SCHEMA = "http://s.validator.nu/html5-rdfalite.rnc";
  private static final Pattern HTMX =
      Pattern.compile("\\s(?:hx|data)-[\\w:.-]+(?:=\"[^\"]*\"|='[^']*')?");
  private static final Pattern PARTIAL = Pattern.compile("</?hx-partial\\b[^>]*>");
  private static final Pattern COMMENT = Pattern.compile("<!--.*?-->", Pattern.DOTALL);

  /**
   * Messages that are ignored. The roles of rows and cells are explicit, because on a phone a row
   * is laid out as a card, and some screen readers then no longer treat it as a row. Messages about
   * CSS are outdated, because the checker does not know newer properties.
   */
  private static final Pattern IGNORED =
      Pattern.compile(
          "“role” attribute must not be used on a “t[rhd]” element which has a “table”|^CSS: ");

  /** The CSRF token, which differs on each page. */
  private static final Pattern TOKEN = Pattern.compile("name=\"csrf\" value=\"[^\"]*\"");

  private static final Pattern ID = Pattern.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}");

  /**
   * Hashes of valid pages: tests often request the same page, and pages that differ only in the ids
   * of their objects.
   */
  private static final Set<String> VALID = ConcurrentHashMap.newKeySet();

  private static final int SHOWN = 120;

  /** Stack size in bytes; the checker's grammar recurses once for each choice. */
  private static final long STACK = 64L << 20;

  private static final ExecutorService THREADS =
      Executors.newFixedThreadPool(
          2,
          work -> {
            var thread = new Thread(null, work, "html-validity", STACK);
            thread.setDaemon(true);
            return thread;
          });

  private static final ThreadLocal<Check> CHECK = ThreadLocal.withInitial(Check::new);

  private HtmlValidity() {}

  private static final class Grammar {
    static final Schema HTML5 = schema();
  }

  /** The errors of a page or a fragment, each with the affected text. */
  public static List<String> errors(String html) {
    var plain = HTMX.matcher(html).replaceAll("");
    return plain.stripLeading().toLowerCase(java.util.Locale.ROOT).startsWith("<!doctype")
        ? onDeepStack(() -> check(plain))
        : PARTIAL
            .splitAsStream(COMMENT.matcher(plain).replaceAll(""))
            .filter(piece -> !piece.isBlank())
            .flatMap(piece -> onDeepStack(() -> check(wrap(piece.strip()))).stream())
            .toList();
  }

  /** Fails with all errors; {@code where} names the checked page. */
  public static void assertValid(String where, String html) {
    var page = Sha256.hex(numberIds(TOKEN.matcher(html).replaceAll("")));
    if (VALID.contains(page)) {
      return;
    }
    var errors = errors(html);
    if (!errors.isEmpty()) {
      throw new AssertionError(where + " is not valid HTML:\n  " + String.join("\n  ", errors));
    }
    VALID.add(page);
  }

  /** Replaces each id by its number on the page, so that equal ids stay equal. */
  private static String numberIds(String html) {
    var numbers = new HashMap<String, Integer>();
    return ID.matcher(html)
        .replaceAll(id -> "#" + numbers.computeIfAbsent(id.group(), _ -> numbers.size()));
  }

  /** Forms of a page whose controls may be in a fragment. */
  private static final String FORMS =
      "<form id=\"appearance\"></form><form id=\"sign-out\"></form><form id=\"filter\"></form>";

  /** Wraps a fragment in a page that may contain it. */
  private static String wrap(String piece) {
    var around =
        piece.startsWith("<li")
            ? "<ul>%s</ul>"
            : piece.startsWith("<tr")
                ? "<table><tbody>%s</tbody></table>"
                : piece.startsWith("<td") || piece.startsWith("<th ")
                    ? "<table><tbody><tr>%s</tr></tbody></table>"
                    : piece.startsWith("<option") ? "<select aria-label=\"x\">%s</select>" : "%s";
    return "<!doctype html><html lang=\"en\"><head><title>Fragment</title></head><body>"
        + (piece.contains("<form id=\"sign-out\"") ? "" : FORMS)
        + around.replace("%s", piece)
        + "</body></html>";
  }

  private static Schema schema() {
    var local =
        new LocalCacheEntityResolver(
            (name, address) -> {
              throw new IOException("The checker must not request " + address);
            });
    local.setAllowRnc(true);
    var collected = new Collected();
    var properties = new PropertyMapBuilder();
    properties.put(ValidateProperty.ERROR_HANDLER, collected);
    properties.put(ValidateProperty.ENTITY_RESOLVER, local);
    properties.put(ValidateProperty.XML_READER_CREATOR, new Jaxp11XMLReaderCreator());
    RngProperty.CHECK_ID_IDREF.add(properties);
    try {
      var source = local.resolveEntity(null, SCHEMA);
      source.setSystemId(SCHEMA);
      return CompactSchemaReader.getInstance().createSchema(source, properties.toPropertyMap());
    } catch (IOException | SAXException | IncorrectSchemaException e) {
      throw new IllegalStateException(
          "The grammar of HTML cannot be read: " + collected.found(), e);
    }
  }

  private static List<String> check(String html) throws IOException, SAXException {
    var check = Objects.requireNonNull(CHECK.get());
    if (check.pages == Check.MAX_PAGES) {
      CHECK.remove();
    }
    return check.errors(html);
  }

  /**
   * A checker that its thread uses for a number of pages. Because it caches what the grammar
   * allows, the next page takes a fifth of the time, but the cache grows.
   */
  private static final class Check {
    static final int MAX_PAGES = 200;

    private final Collected errors = new Collected();
    private final Validator validator;
    private int pages;

    Check() {
      var builder = new PropertyMapBuilder();
      builder.put(ValidateProperty.ERROR_HANDLER, errors);
      builder.put(ValidateProperty.XML_READER_CREATOR, new Jaxp11XMLReaderCreator());
      RngProperty.CHECK_ID_IDREF.add(builder);
      validator = validator(builder.toPropertyMap());
    }

    List<String> errors(String html) throws IOException, SAXException {
      pages++;
      errors.of(html);
      validator.reset();
      var parser = parser();
      parser.setErrorHandler(errors);
      parser.setContentHandler(validator.getContentHandler());
      parser.parse(new InputSource(new StringReader(html)));
      return errors.found();
    }
  }

  private static Validator validator(PropertyMap properties) {
    var validator = Grammar.HTML5.createValidator(properties);
    for (Checker checker :
        List.of(
            new TableChecker(), new Assertions(), new TextContentChecker(), new UsemapChecker())) {
      validator = new CombineValidator(validator, new CheckerValidator(checker, properties));
    }
    return validator;
  }

  private static HtmlParser parser() {
    var parser = new HtmlParser(XmlViolationPolicy.ALLOW);
    parser.setContentSpacePolicy(XmlViolationPolicy.ALTER_INFOSET);
    parser.setXmlnsPolicy(XmlViolationPolicy.ALTER_INFOSET);
    parser.setMappingLangToXmlLang(true);
    return parser;
  }

  private static <T> T onDeepStack(Callable<T> work) {
    try {
      return THREADS.submit(work).get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException io
          ? new UncheckedIOException(io)
          : new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Errors with the affected line; warnings are ignored. */
  private static final class Collected implements ErrorHandler {
    private List<String> errors = new ArrayList<>();
    private String html = "";

    /** Collects the errors of this text from now on. */
    void of(String text) {
      html = text;
      errors = new ArrayList<>();
    }

    List<String> found() {
      return errors;
    }

    @Override
    public void warning(SAXParseException warning) {}

    @Override
    public void error(SAXParseException error) {
      if (IGNORED.matcher(error.getMessage()).find()) {
        return;
      }
      var line = html.lines().skip(Math.max(0, error.getLineNumber() - 1)).findFirst().orElse("");
      int end = Math.clamp(error.getColumnNumber(), 0, line.length());
      errors.add(error.getMessage() + "\n      " + line.substring(Math.max(0, end - SHOWN), end));
    }

    @Override
    public void fatalError(SAXParseException error) {
      error(error);
    }
  }
}
