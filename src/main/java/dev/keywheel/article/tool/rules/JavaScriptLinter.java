package dev.keywheel.article.tool.rules;

import dev.keywheel.article.tool.Finding;
import dev.keywheel.article.tool.rules.JavaScriptTokenizer.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** What the rules T06, T07, T08 and T13 find in the scripts of a tool. */
final class JavaScriptLinter {
  /** Names that reach out of the frame, wherever they stand as a name of the browser's. */
  private static final Set<String> OUTSIDE =
      Set.of(
          "eval",
          "importScripts",
          "fetch",
          "XMLHttpRequest",
          "WebSocket",
          "EventSource",
          "WebTransport",
          "sendBeacon",
          "RTCPeerConnection",
          "Worker",
          "SharedWorker",
          "serviceWorker",
          "localStorage",
          "sessionStorage",
          "indexedDB",
          "caches");

  /** Names that a tool may use for its own things, and that are refused only as the browser's. */
  private static final Set<String> WINDOW =
      Set.of("top", "parent", "frames", "postMessage", "location", "history", "opener", "open");

  private static final Map<String, Set<String>> OF_DOCUMENT =
      Map.of("document", Set.of("write", "writeln", "domain", "cookie"));
  private static final Set<String> DIALOGS = Set.of("alert", "confirm", "prompt", "print");
  private static final Set<String> GLOBALS = Set.of("window", "self", "globalThis");
  private static final Set<String> WAYS_OUT = Set.of("break", "return", "throw", "yield", "await");
  private static final Pattern ID_SELECTOR = Pattern.compile("#([A-Za-z][\\w-]*)");

  private final JavaScriptTokenizer javaScriptTokenizer;
  private final int firstLine;
  private final Set<String> declared = new HashSet<>();
  private final List<Finding> findings = new ArrayList<>();

  JavaScriptLinter(JavaScriptTokenizer javaScriptTokenizer, int firstLine) {
    this.javaScriptTokenizer = javaScriptTokenizer;
    this.firstLine = firstLine;
    collectDeclared();
  }

  List<Finding> findings(Set<String> ids) {
    javaScriptTokenizer
        .problem()
        .ifPresent(
            p ->
                findings.add(
                    Finding.error(
                        "T06", line(p.line()), "The script is not whole: " + p.text() + ".")));
    for (int i = 0; i < javaScriptTokenizer.tokens().size(); i++) {
      if (javaScriptTokenizer.at(i).kind() == Kind.NAME) {
        if (!defines(i)) {
          outside(i);
        }
        warnings(i);
        missingId(i, ids);
      }
    }
    return findings;
  }

  private void outside(int i) {
    var token = javaScriptTokenizer.at(i);
    var name = token.text();
    if (name.equals("import") && javaScriptTokenizer.at(i + 1).is("(")) {
      refuse(token, "import()");
    } else if (name.equals("Function") && javaScriptTokenizer.at(i + 1).is("(") && global(i)) {
      refuse(token, "Function()");
    } else if (OUTSIDE.contains(name) && reaches(i)) {
      refuse(token, name);
    } else if (WINDOW.contains(name) && global(i) && !declared.contains(name) && used(i)) {
      refuse(token, name);
    }
    var ofDocument = OF_DOCUMENT.get(name);
    if (ofDocument != null
        && javaScriptTokenizer.at(i + 1).is(".")
        && ofDocument.contains(javaScriptTokenizer.at(i + 2).text())) {
      refuse(token, name + "." + javaScriptTokenizer.at(i + 2).text());
    }
  }

  private void refuse(JavaScriptTokenizer.Token token, String what) {
    findings.add(
        Finding.error("T07", line(token.line()), "Uses " + what + ", which a tool may not."));
  }

  /** As a global, or as a property of window, navigator or the like; not as the tool's own name. */
  private boolean reaches(int i) {
    boolean ownKey =
        javaScriptTokenizer.at(i + 1).is(":")
            && (javaScriptTokenizer.at(i - 1).is("{") || javaScriptTokenizer.at(i - 1).is(","));
    boolean property = javaScriptTokenizer.at(i - 1).is(".");
    boolean browserProperty =
        property
            && (GLOBALS.contains(javaScriptTokenizer.at(i - 2).text())
                || javaScriptTokenizer.at(i - 2).is("navigator"));
    return !ownKey
        && (!property && !declared.contains(javaScriptTokenizer.at(i).text()) || browserProperty);
  }

  private boolean global(int i) {
    return !javaScriptTokenizer.at(i - 1).is(".")
        || GLOBALS.contains(javaScriptTokenizer.at(i - 2).text());
  }

  /** Read or called as something of the browser's: not the key of an object, not a label. */
  private boolean used(int i) {
    boolean explicit = javaScriptTokenizer.at(i - 1).is(".");
    if (javaScriptTokenizer.at(i).is("open") || javaScriptTokenizer.at(i).is("postMessage")) {
      return javaScriptTokenizer.at(i + 1).is("(");
    }
    boolean key =
        javaScriptTokenizer.at(i + 1).is(":")
            || javaScriptTokenizer.at(i + 1).is(",")
            || javaScriptTokenizer.at(i + 1).is("}");
    return explicit
        || javaScriptTokenizer.at(i + 1).is(".")
        || javaScriptTokenizer.at(i + 1).is("[")
        || javaScriptTokenizer.at(i + 1).is("=")
        || !key;
  }

  private void warnings(int i) {
    var token = javaScriptTokenizer.at(i);
    if (DIALOGS.contains(token.text())
        && javaScriptTokenizer.at(i + 1).is("(")
        && global(i)
        && !declared.contains(token.text())) {
      findings.add(
          Finding.warning(
              "T08", line(token.line()), token.text() + "() shows nothing in the frame."));
    }
    if (token.is("innerHTML")
        && javaScriptTokenizer.at(i + 1).is("=")
        && javaScriptTokenizer.at(i + 2).kind() != Kind.STRING) {
      findings.add(
          Finding.warning(
              "T08",
              line(token.line()),
              "innerHTML is set to something that is not a fixed text."));
    }
    if (token.is("setInterval") || token.is("debugger")) {
      findings.add(Finding.warning("T08", line(token.line()), token.text() + " is used."));
    }
    if (token.is("while")
        && javaScriptTokenizer.at(i + 1).is("(")
        && javaScriptTokenizer.at(i + 2).is("true")) {
      findings.add(Finding.warning("T08", line(token.line()), "while (true) may never end."));
    }
    boolean forEver = token.is("for") && signs(i + 1, "(", ";", ";", ")");
    boolean whileOne = token.is("while") && signs(i + 1, "(", "1", ")");
    if (forEver && noWayOut(i + 5) || whileOne && noWayOut(i + 4)) {
      findings.add(
          Finding.warning(
              "T08",
              line(token.line()),
              (forEver ? "for (;;)" : "while (1)") + " has no way out."));
    }
  }

  private boolean signs(int from, String... texts) {
    for (int i = 0; i < texts.length; i++) {
      if (!javaScriptTokenizer.at(from + i).text().equals(texts[i])) {
        return false;
      }
    }
    return true;
  }

  /**
   * Whether nothing in the body of a loop leaves or holds it. A tool that counts months in {@code
   * for (;;)} until a debt is paid is none the worse for it; what does not end is seen in the
   * browser.
   */
  private boolean noWayOut(int body) {
    int depth = 0;
    for (int i = body; i < javaScriptTokenizer.tokens().size(); i++) {
      var token = javaScriptTokenizer.at(i);
      if (token.kind() == Kind.NAME && WAYS_OUT.contains(token.text())) {
        return false;
      }
      if (token.is("{")) {
        depth++;
      } else if (token.is("}")) {
        depth--;
      }
      if (depth <= 0 && (token.is("}") || token.is(";"))) {
        return true;
      }
    }
    return true;
  }

  private void missingId(int i, Set<String> ids) {
    var token = javaScriptTokenizer.at(i);
    var argument = javaScriptTokenizer.at(i + 2);
    if (!javaScriptTokenizer.at(i + 1).is("(") || argument.kind() != Kind.STRING) {
      return;
    }
    if (token.is("getElementById") && javaScriptTokenizer.at(i + 3).is(")")) {
      known(argument, argument.text(), ids);
    } else if (token.is("querySelector") || token.is("querySelectorAll")) {
      ID_SELECTOR.matcher(argument.text()).results().forEach(m -> known(argument, m.group(1), ids));
    }
  }

  private void known(JavaScriptTokenizer.Token token, String id, Set<String> ids) {
    if (!ids.contains(id) && !madeByScript(id)) {
      findings.add(
          Finding.error("T13", line(token.line()), "No element has the id \"" + id + "\"."));
    }
  }

  /**
   * The script itself gives this id to an element: {@code x.id = "…"} or {@code id="…"} inside a
   * text.
   */
  private boolean madeByScript(String id) {
    for (int i = 0; i < javaScriptTokenizer.tokens().size(); i++) {
      var token = javaScriptTokenizer.at(i);
      boolean assigned =
          token.is("id")
              && javaScriptTokenizer.at(i + 1).is("=")
              && javaScriptTokenizer.at(i + 2).text().equals(id);
      boolean inText =
          (token.kind() == Kind.STRING || token.kind() == Kind.TEMPLATE)
              && token.text().matches("(?s).*\\bid=\\\\?[\"']?" + Pattern.quote(id) + "\\b.*");
      if (assigned || inText) {
        return true;
      }
    }
    return false;
  }

  private void collectDeclared() {
    for (int i = 0; i < javaScriptTokenizer.tokens().size(); i++) {
      var token = javaScriptTokenizer.at(i);
      if (token.is("let") || token.is("const") || token.is("var")) {
        declarations(i + 1);
      }
      var before = javaScriptTokenizer.at(i - 1);
      boolean afterWord = before.is("function") || before.is("class");
      boolean parameter =
          (before.is("(") || before.is(","))
              && (javaScriptTokenizer.at(i + 1).is(",") || javaScriptTokenizer.at(i + 1).is(")"))
              && functionHead(i);
      boolean arrow =
          javaScriptTokenizer.at(i + 1).is("=") && javaScriptTokenizer.at(i + 2).is(">");
      if (token.kind() == Kind.NAME && (afterWord || parameter || arrow)) {
        declared.add(token.text());
      }
    }
  }

  /** The names of one declaration: {@code a = 1, b}, {@code {a, b: c} = d}, {@code [a, b] = d}. */
  private void declarations(int from) {
    int depth = 0;
    boolean unpacking =
        javaScriptTokenizer.at(from).is("{") || javaScriptTokenizer.at(from).is("[");
    for (int i = from;
        i < javaScriptTokenizer.tokens().size() && depth >= 0 && !javaScriptTokenizer.at(i).is(";");
        i++) {
      var token = javaScriptTokenizer.at(i);
      boolean first = i == from || javaScriptTokenizer.at(i - 1).is(",");
      if (token.kind() == Kind.NAME && (unpacking && depth > 0 || first && depth == 0)) {
        declared.add(token.text());
      }
      if (token.kind() == Kind.SIGN && "([{".contains(token.text())) {
        depth++;
      } else if (token.kind() == Kind.SIGN && ")]}".contains(token.text()) && --depth == 0) {
        unpacking = false;
      }
    }
  }

  /** {@code name(…)} and a body, as a method or getter of a class or an object. */
  private boolean defines(int i) {
    if (!javaScriptTokenizer.at(i + 1).is("(") || javaScriptTokenizer.at(i - 1).is(".")) {
      return false;
    }
    int depth = 0;
    for (int j = i + 1; j < javaScriptTokenizer.tokens().size(); j++) {
      if (javaScriptTokenizer.at(j).is("(")) {
        depth++;
      } else if (javaScriptTokenizer.at(j).is(")") && --depth == 0) {
        return javaScriptTokenizer.at(j + 1).is("{");
      }
    }
    return false;
  }

  /** Whether the bracket around the token at {@code i} belongs to a function's head. */
  private boolean functionHead(int i) {
    int open = i;
    while (open > 0 && !javaScriptTokenizer.at(open).is("(")) {
      open--;
    }
    int close = i;
    while (close < javaScriptTokenizer.tokens().size() && !javaScriptTokenizer.at(close).is(")")) {
      close++;
    }
    boolean named =
        javaScriptTokenizer.at(open - 1).is("function")
            || javaScriptTokenizer.at(open - 2).is("function");
    boolean arrow =
        javaScriptTokenizer.at(close + 1).is("=") && javaScriptTokenizer.at(close + 2).is(">");
    return named || arrow || javaScriptTokenizer.at(close + 1).is("{");
  }

  private int line(int inScript) {
    return firstLine + inScript - 1;
  }
}
