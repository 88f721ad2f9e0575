package dev.keywheel.article.tool.rules;

import dev.keywheel.article.tool.Finding;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Rules T06, T07, T08 and T13 for one script. The frame of the tool also enforces T07; the rules
 * tell the model what to change before a browser tries the tool.
 */
final class JavaScriptLinter {
  /** Maximum number of errors, and of warnings: a script may consist of forbidden names only. */
  private static final int MAX_FINDINGS = 100;

  /** Number of characters after a name that are read, enough for the parameters of a method. */
  private static final int CONTEXT_LENGTH = 1_000;

  /** Global names that load code, send requests, start workers or store data. */
  private static final Set<String> FORBIDDEN_NAMES =
      Set.of(
          ("eval importScripts fetch XMLHttpRequest WebSocket EventSource WebTransport sendBeacon"
                  + " RTCPeerConnection Worker SharedWorker serviceWorker localStorage"
                  + " sessionStorage indexedDB caches")
              .split(" "));

  /** Members of the window whose names scripts often use for their own variables. */
  private static final Set<String> WINDOW =
      Set.of("top parent frames postMessage location history opener open".split(" "));

  private static final Set<String> DIALOGS = Set.of("alert", "confirm", "prompt", "print");

  private static final Pattern NAME = Pattern.compile("(?<![\\w$#])[A-Za-z_$][\\w$]*");
  private static final Pattern OF_WINDOW =
      Pattern.compile("(?<![\\w$])(?:window|self|globalThis)\\s*\\??\\.$");
  private static final Pattern OF_NAVIGATOR = Pattern.compile("(?<![\\w$])navigator\\s*\\??\\.$");
  private static final Pattern METHOD =
      Pattern.compile("^\\((?:[^()]|\\((?:[^()]|\\([^()]*+\\))*+\\))*+\\)\\s*\\{");
  private static final Pattern OF_DOCUMENT =
      Pattern.compile("\\bdocument\\s*\\.\\s*(write|writeln|domain|cookie)\\b");
  private static final Pattern INNER_HTML = Pattern.compile("\\binnerHTML\\s*=(?!=)\\s*+(?![\"'])");
  private static final Pattern USED = Pattern.compile("\\b(setInterval|debugger)\\b");
  private static final Pattern WHILE_TRUE = Pattern.compile("\\bwhile\\s*\\(\\s*true\\b");
  private static final Pattern ENDLESS =
      Pattern.compile("\\b(?:(for)\\s*\\(\\s*;\\s*;\\s*\\)|while\\s*\\(\\s*1\\s*\\))");
  private static final Pattern WAY_OUT =
      Pattern.compile("\\b(?:break|return|throw|yield|await)\\b");
  private static final Pattern BY_ID =
      Pattern.compile("\\bgetElementById\\s*\\(\\s*([\"'])( *)\\1\\s*\\)");
  private static final Pattern BY_SELECTOR =
      Pattern.compile("\\bquerySelector(?:All)?\\s*\\(\\s*([\"'])( *)\\1");
  private static final Pattern ID_SELECTOR = Pattern.compile("#([A-Za-z][\\w-]*)");

  private static final Pattern DECLARED =
      Pattern.compile("\\b(?:function|class)\\s+([\\w$]+)|(?<![\\w$])([\\w$]++)\\s*=>");
  private static final Pattern PARAMETERS =
      Pattern.compile("\\(([^()]*)\\)(?=\\s*(?:\\{|=>))|\\bfunction\\b[^({]{0,100}\\(([^()]*)\\)");
  private static final Pattern DECLARATION =
      Pattern.compile("\\b(?:let|const|var)\\b\\s*(?=([^;]{0,2000}))");
  private static final Pattern DESTRUCTURING = Pattern.compile("^[{\\[]([^;]*?)[}\\]]\\s*=(?!=)");
  private static final Pattern BRACKETS =
      Pattern.compile("\\([^(){}\\[\\]]*\\)|\\{[^(){}\\[\\]]*}|\\[[^(){}\\[\\]]*]");

  private final String script;
  private final String code;
  private final int firstLine;
  private final Set<String> ids;
  private final Set<String> declared = new HashSet<>();
  private final List<Finding> errors = new ArrayList<>();
  private final List<Finding> warnings = new ArrayList<>();

  private JavaScriptLinter(String script, String code, int firstLine, Set<String> ids) {
    this.script = script;
    this.code = code;
    this.firstLine = firstLine;
    this.ids = ids;
  }

  /** Checks a script of a document; {@code ids} are the ids of the elements of the document. */
  static List<Finding> findings(String script, int firstLine, Set<String> ids) {
    var masked = MaskedScript.of(script);
    var linter = new JavaScriptLinter(script, masked.code(), firstLine, ids);
    masked
        .problem()
        .ifPresent(p -> linter.error("T06", p.at(), "The script is incomplete: " + p.text() + "."));
    linter.collectDeclared();
    linter.each(NAME, linter::name);
    linter.each(OF_DOCUMENT, found -> linter.refuse(found.start(), "document." + found.group(1)));
    linter.addWarnings();
    linter.addMissingIds();
    return Stream.concat(linter.errors.stream(), linter.warnings.stream()).toList();
  }

  private void each(Pattern pattern, Consumer<MatchResult> then) {
    pattern.matcher(code).results().forEach(then);
  }

  private void name(MatchResult found) {
    String name = found.group();
    boolean window = WINDOW.contains(name);
    boolean outside = FORBIDDEN_NAMES.contains(name);
    boolean dialog = DIALOGS.contains(name);
    if (!window && !outside && !dialog && !name.equals("import") && !name.equals("Function")) {
      return;
    }
    String before = code.substring(Math.max(0, found.start() - 60), found.start()).stripTrailing();
    int next = found.end();
    while (next < code.length() && Character.isWhitespace(code.charAt(next))) {
      next++;
    }
    String after = code.substring(next, Math.min(code.length(), next + CONTEXT_LENGTH));
    boolean called = after.startsWith("(");
    boolean property = before.endsWith(".");
    boolean ofWindow = OF_WINDOW.matcher(before).find();
    boolean own = !property && (declared.contains(name) || METHOD.matcher(after).find());
    boolean global = ofWindow || (!property && !own);
    boolean key = after.startsWith(":") && before.matches("(?s).*[{,]");
    if (dialog) {
      if (called && global) {
        warn(found.start(), name + "() has no effect in the frame.");
      }
    } else if (outside) {
      if (!key && (global || OF_NAVIGATOR.matcher(before).find())) {
        refuse(found.start(), name);
      }
    } else if (window) {
      boolean needsCall = name.equals("open") || name.equals("postMessage");
      if (global && (needsCall ? called : ofWindow || !after.matches("(?s)[:,}].*"))) {
        refuse(found.start(), name);
      }
    } else if (called && (ofWindow || !property)) {
      refuse(found.start(), name + "()");
    }
  }

  private void addWarnings() {
    each(
        INNER_HTML,
        found -> warn(found.start(), "innerHTML is set to a value that is not a constant text."));
    each(USED, found -> warn(found.start(), found.group(1) + " is used."));
    each(WHILE_TRUE, found -> warn(found.start(), "while (true) may never end."));
    each(
        ENDLESS,
        found -> {
          if (hasNoWayOut(found.end())) {
            String loop = found.group(1) == null ? "while (1)" : "for (;;)";
            warn(found.start(), loop + " has no exit.");
          }
        });
  }

  /** Whether the body of a loop has no statement that ends or suspends the loop. */
  private boolean hasNoWayOut(int body) {
    int depth = 0;
    int end = body;
    boolean more = true;
    while (more && end < code.length()) {
      char c = code.charAt(end++);
      depth += c == '{' ? 1 : c == '}' ? -1 : 0;
      more = depth > 0 || (c != '}' && c != ';');
    }
    return !WAY_OUT.matcher(code).region(body, end).find();
  }

  private void addMissingIds() {
    each(
        BY_ID,
        found -> requireKnownId(found.start(), script.substring(found.start(2), found.end(2))));
    each(
        BY_SELECTOR,
        found ->
            ID_SELECTOR
                .matcher(script.substring(found.start(2), found.end(2)))
                .results()
                .forEach(selector -> requireKnownId(found.start(), selector.group(1))));
  }

  private void requireKnownId(int at, String id) {
    if (!ids.contains(id) && !isMadeByScript(id)) {
      error("T13", at, "No element has the id \"" + id + "\".");
    }
  }

  /** Whether the script contains {@code x.id = "…"}, or {@code id="…"} inside a string. */
  private boolean isMadeByScript(String id) {
    return Pattern.compile("\\bid\\s*=\\s*\\\\?[\"'`]?" + Pattern.quote(id) + "\\b")
        .matcher(script)
        .find();
  }

  /** Collects the names of the script's own variables, functions, classes and parameters. */
  private void collectDeclared() {
    each(DECLARED, found -> declare(found.group(1) == null ? found.group(2) : found.group(1)));
    each(
        PARAMETERS,
        found ->
            names(found.group(1) == null ? found.group(2) : found.group(1)).forEach(this::declare));
    each(
        DECLARATION,
        found -> {
          var destructuring = DESTRUCTURING.matcher(found.group(1));
          if (destructuring.find()) {
            NAME.matcher(destructuring.group(1)).results().forEach(name -> declare(name.group()));
          }
          names(withoutBrackets(found.group(1))).forEach(this::declare);
        });
  }

  private void declare(String name) {
    declared.add(name);
  }

  /** The first name of each part of a comma-separated list. */
  private static Stream<String> names(String list) {
    return Stream.of(list.split(","))
        .map(part -> NAME.matcher(part.strip()))
        .filter(name -> name.lookingAt())
        .map(name -> name.group());
  }

  private static String withoutBrackets(String text) {
    String rest = text;
    for (String before = ""; !rest.equals(before); ) {
      before = rest;
      rest = BRACKETS.matcher(rest).replaceAll("");
    }
    return rest.replaceFirst("(?s)[(\\[{].*", "");
  }

  private void refuse(int at, String what) {
    error("T07", at, "Uses " + what + ", which is not allowed in a tool.");
  }

  private void error(String rule, int at, String text) {
    if (errors.size() < MAX_FINDINGS) {
      errors.add(Finding.error(rule, line(at), text));
    }
  }

  private void warn(int at, String text) {
    if (warnings.size() < MAX_FINDINGS) {
      warnings.add(Finding.warning("T08", line(at), text));
    }
  }

  private int line(int at) {
    return firstLine + (int) code.substring(0, at).chars().filter(c -> c == '\n').count();
  }
}
