package dev.keywheel.article.tool;

import dev.keywheel.article.tool.Script.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** What the rules T06, T07, T08 and T13 find in the scripts of a tool. */
final class ScriptRules {
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

  private final Script script;
  private final int firstLine;
  private final Set<String> declared = new HashSet<>();
  private final List<Finding> findings = new ArrayList<>();

  ScriptRules(Script script, int firstLine) {
    this.script = script;
    this.firstLine = firstLine;
    collectDeclared();
  }

  List<Finding> findings(Set<String> ids) {
    script
        .problem()
        .ifPresent(
            p ->
                findings.add(
                    Finding.error(
                        "T06", line(p.line()), "The script is not whole: " + p.text() + ".")));
    for (int i = 0; i < script.tokens().size(); i++) {
      if (script.at(i).kind() == Kind.NAME) {
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
    var token = script.at(i);
    var name = token.text();
    if (name.equals("import") && script.at(i + 1).is("(")) {
      refuse(token, "import()");
    } else if (name.equals("Function") && script.at(i + 1).is("(") && global(i)) {
      refuse(token, "Function()");
    } else if (OUTSIDE.contains(name) && reaches(i)) {
      refuse(token, name);
    } else if (WINDOW.contains(name) && global(i) && !declared.contains(name) && used(i)) {
      refuse(token, name);
    }
    var ofDocument = OF_DOCUMENT.get(name);
    if (ofDocument != null
        && script.at(i + 1).is(".")
        && ofDocument.contains(script.at(i + 2).text())) {
      refuse(token, name + "." + script.at(i + 2).text());
    }
  }

  private void refuse(Script.Token token, String what) {
    findings.add(
        Finding.error("T07", line(token.line()), "Uses " + what + ", which a tool may not."));
  }

  /** As a global, or as a property of window, navigator or the like; not as the tool's own name. */
  private boolean reaches(int i) {
    boolean ownKey =
        script.at(i + 1).is(":") && (script.at(i - 1).is("{") || script.at(i - 1).is(","));
    boolean property = script.at(i - 1).is(".");
    boolean browserProperty =
        property && (GLOBALS.contains(script.at(i - 2).text()) || script.at(i - 2).is("navigator"));
    return !ownKey && (!property && !declared.contains(script.at(i).text()) || browserProperty);
  }

  private boolean global(int i) {
    return !script.at(i - 1).is(".") || GLOBALS.contains(script.at(i - 2).text());
  }

  /** Read or called as something of the browser's: not the key of an object, not a label. */
  private boolean used(int i) {
    boolean explicit = script.at(i - 1).is(".");
    if (script.at(i).is("open") || script.at(i).is("postMessage")) {
      return script.at(i + 1).is("(");
    }
    boolean key = script.at(i + 1).is(":") || script.at(i + 1).is(",") || script.at(i + 1).is("}");
    return explicit
        || script.at(i + 1).is(".")
        || script.at(i + 1).is("[")
        || script.at(i + 1).is("=")
        || !key;
  }

  private void warnings(int i) {
    var token = script.at(i);
    if (DIALOGS.contains(token.text())
        && script.at(i + 1).is("(")
        && global(i)
        && !declared.contains(token.text())) {
      findings.add(
          Finding.warning(
              "T08", line(token.line()), token.text() + "() shows nothing in the frame."));
    }
    if (token.is("innerHTML")
        && script.at(i + 1).is("=")
        && script.at(i + 2).kind() != Kind.STRING) {
      findings.add(
          Finding.warning(
              "T08",
              line(token.line()),
              "innerHTML is set to something that is not a fixed text."));
    }
    if (token.is("setInterval") || token.is("debugger")) {
      findings.add(Finding.warning("T08", line(token.line()), token.text() + " is used."));
    }
    if (token.is("while") && script.at(i + 1).is("(") && script.at(i + 2).is("true")) {
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
      if (!script.at(from + i).text().equals(texts[i])) {
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
    for (int i = body; i < script.tokens().size(); i++) {
      var token = script.at(i);
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
    var token = script.at(i);
    var argument = script.at(i + 2);
    if (!script.at(i + 1).is("(") || argument.kind() != Kind.STRING) {
      return;
    }
    if (token.is("getElementById") && script.at(i + 3).is(")")) {
      known(argument, argument.text(), ids);
    } else if (token.is("querySelector") || token.is("querySelectorAll")) {
      ID_SELECTOR.matcher(argument.text()).results().forEach(m -> known(argument, m.group(1), ids));
    }
  }

  private void known(Script.Token token, String id, Set<String> ids) {
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
    for (int i = 0; i < script.tokens().size(); i++) {
      var token = script.at(i);
      boolean assigned =
          token.is("id") && script.at(i + 1).is("=") && script.at(i + 2).text().equals(id);
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
    for (int i = 0; i < script.tokens().size(); i++) {
      var token = script.at(i);
      if (token.is("let") || token.is("const") || token.is("var")) {
        declarations(i + 1);
      }
      var before = script.at(i - 1);
      boolean afterWord = before.is("function") || before.is("class");
      boolean parameter =
          (before.is("(") || before.is(","))
              && (script.at(i + 1).is(",") || script.at(i + 1).is(")"))
              && functionHead(i);
      boolean arrow = script.at(i + 1).is("=") && script.at(i + 2).is(">");
      if (token.kind() == Kind.NAME && (afterWord || parameter || arrow)) {
        declared.add(token.text());
      }
    }
  }

  /** The names of one declaration: {@code a = 1, b}, {@code {a, b: c} = d}, {@code [a, b] = d}. */
  private void declarations(int from) {
    int depth = 0;
    boolean unpacking = script.at(from).is("{") || script.at(from).is("[");
    for (int i = from; i < script.tokens().size() && depth >= 0 && !script.at(i).is(";"); i++) {
      var token = script.at(i);
      boolean first = i == from || script.at(i - 1).is(",");
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
    if (!script.at(i + 1).is("(") || script.at(i - 1).is(".")) {
      return false;
    }
    int depth = 0;
    for (int j = i + 1; j < script.tokens().size(); j++) {
      if (script.at(j).is("(")) {
        depth++;
      } else if (script.at(j).is(")") && --depth == 0) {
        return script.at(j + 1).is("{");
      }
    }
    return false;
  }

  /** Whether the bracket around the token at {@code i} belongs to a function's head. */
  private boolean functionHead(int i) {
    int open = i;
    while (open > 0 && !script.at(open).is("(")) {
      open--;
    }
    int close = i;
    while (close < script.tokens().size() && !script.at(close).is(")")) {
      close++;
    }
    boolean named = script.at(open - 1).is("function") || script.at(open - 2).is("function");
    boolean arrow = script.at(close + 1).is("=") && script.at(close + 2).is(">");
    return named || arrow || script.at(close + 1).is("{");
  }

  private int line(int inScript) {
    return firstLine + inScript - 1;
  }
}
