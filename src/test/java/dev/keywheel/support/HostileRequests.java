package dev.keywheel.support;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;

/** Requests of attackers, one of each class: damaged HTTP, other protocols, and hostile forms. */
public final class HostileRequests {
  private static final String HOST = " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";

  private static final Map<String, String> ALL = new HostileRequests().all;

  private final Map<String, String> all = new LinkedHashMap<>();

  private HostileRequests() {
    lines();
    otherProtocols();
    headers();
    paths();
    queries();
    forms();
    bodies();
  }

  /** Each class by its name; each character stands for one byte. */
  public static Map<String, String> all() {
    return ALL;
  }

  private void lines() {
    raw("nothing but line breaks", "\r\n\r\n\r\n\r\n");
    raw("zero bytes", "\0".repeat(500));
    raw("a line without end", "A".repeat(20_000));
    raw("no version", "GET /login\r\n\r\n");
    raw("version 9.9", "GET /login HTTP/9.9\r\nHost: localhost\r\n\r\n");
    raw("a bare LF", "GET /login HTTP/1.1\nHost: localhost\n\n");
    raw("a method of 4 kB", "A".repeat(4_000) + " /login" + HOST + "\r\n");
    raw("a method of punctuation", "G(T /login" + HOST + "\r\n");
    raw("lower case", "get /login" + HOST + "\r\n");
    raw("TRACE", "TRACE /login" + HOST + "\r\n");
    raw("CONNECT", "CONNECT localhost:22" + HOST + "\r\n");
    raw("a request after the end", get("/login", "") + "GET /keys HTTP/1.1\r\n\r\n");
  }

  private void otherProtocols() {
    raw("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0");
    raw("an upgrade to h2c", get("/login", "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"));
    raw(
        "an upgrade to a web socket",
        get(
            "/login",
            "Upgrade: websocket\r\nSec-WebSocket-Key: AAAA\r\nSec-WebSocket-Version: 13\r\n"));
    raw("TLS", "\26\3\1\2\0\1\0\1\u00fc\3\3" + "\u00a5".repeat(300));
    raw("SSH", "SSH-2.0-OpenSSH_9.9\r\n");
    raw("SMTP", "EHLO example.org\r\nMAIL FROM:<a@example.org>\r\n");
    raw("PostgreSQL", "\0\0\0\10\4\u00d2\26\57");
    raw("Redis", "*1\r\n$4\r\nINFO\r\n");
    raw("a proxy's header", "PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n" + get("/login", ""));
  }

  private void headers() {
    header("a header of 64 kB", "X-Long: " + "a".repeat(64_000));
    header("1,000 headers", repeated(1_000, "X-%d: y\r\n").strip());
    header("300 cookies", "Cookie: " + repeated(300, "c%d=v; "));
    header("a damaged cookie", "Cookie: sid=\"\u00ff\\\";;;=;visitor");
    header("a session of 8 kB", "Cookie: sid=" + "A".repeat(7_900));
    header("a folded header", "X-A: b\r\n c");
    header("a header without a colon", "nonsense");
    header("a header with a zero byte", "X-A: b\0c");
    header("two hosts", "Host: other");
    header("another method by header", "X-HTTP-Method-Override: DELETE");
    header("1,000 ranges", "Range: bytes=" + repeated(1_000, "%1$d-%1$d,") + "0-");
    header("700 languages", "Accept-Language: " + repeated(700, "l%d;q=0.1,") + "en");
    header("an unknown encoding", "Accept-Encoding: zstd;q=2, \u00ff");
    header("an invalid date", "If-Modified-Since: Thu, 99 Foo 2026 99:99:99 GMT");
    header("500 entity tags", "If-None-Match: " + repeated(500, "\"%d\", ") + "*");
    header("an invalid address", "X-Forwarded-For: " + "1.2.3.4,".repeat(900) + "\u00ff");
    header("an unknown expectation", "Expect: the-unexpected");
    header("htmx with hostile values", "HX-Request: <b>\r\nHX-Current-URL: javascript:alert(1)");
  }

  private void paths() {
    path("dots", "/../../../../etc/passwd");
    path("encoded dots", "/%2e%2e/%2e%2e/etc/passwd");
    path("dots encoded twice", "/%252e%252e/etc/passwd");
    path("overlong UTF-8", "/%c0%ae%c0%ae/etc/passwd");
    path("backslashes", "/static/..%5c..%5cpom.xml");
    path("a zero byte in the path", "/login%00.html");
    path("a damaged escape", "/login%zz");
    path("a path of 16 kB", "/" + "a".repeat(16_000));
    path("a path of 3,000 folders", "/a".repeat(3_000));
    path("a parameter in the path", "/login;jsessionid=AAAA");
    path("two slashes", "//evil.example/login");
    path("an invalid id", "/keys/00000000-0000-0000-0000-00000000000g");
  }

  private void queries() {
    path("SQL", "/login?next=%27%20or%201=1;drop%20table%20users--");
    path("a script", "/login?next=%22%3E%3Cscript%3Ealert(1)%3C/script%3E");
    path("another site", "/login?next=https://evil.example/");
    path("a template", "/login?next=${7*7}%7B%7B7*7%7D%7D");
    path("a line break for a header", "/login?next=/%0d%0aSet-Cookie:%20a=b");
    path("the same parameter 500 times", "/login?" + "next=/&".repeat(500));
    path("names with brackets", "/login?a[][]=1&a[__proto__][x]=2");
    path("a number too large for 64 bits", "/keys?page=9223372036854775808");
  }

  private void forms() {
    form("10,000 fields", repeated(10_000, "f%d=&"));
    form("a field of 60 kB", "email=" + "a".repeat(60_000));
    form("a body that is too large", "email=" + "a".repeat(200_000));
    form("a zero byte", "email=a%00b&password=x");
    form("invalid UTF-8", "email=%ff%fe%80&password=x");
    form("surrogates", "email=%ed%a0%80&password=x");
    form("no equals signs", "&&&&;;;;");
    form("a token of another form", "csrf=AAAA&email=a&password=b");
  }

  private void bodies() {
    body("JSON nested 20,000 deep", "application/json", "[".repeat(20_000));
    body("an XML entity", "application/xml", "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>");
    body("a multipart without end", "multipart/form-data; boundary=x", "--x\r\nContent-Dispo");
    body("a multipart without boundary", "multipart/form-data", "--x--");
    body("an unknown charset", "application/x-www-form-urlencoded; charset=klingon", "a=b");
    body("a charset without a name", "text/plain; charset=()", "a=b");
    raw(
        "a gzip bomb",
        post("application/x-www-form-urlencoded", zeros(), "Content-Encoding: gzip\r\n"));
  }

  private void raw(String name, String request) {
    if (all.put(name, request) != null) {
      throw new IllegalStateException(name);
    }
  }

  private void header(String name, String header) {
    raw(name, get("/login", header + "\r\n"));
  }

  private void path(String name, String path) {
    raw("path: " + name, get(path, ""));
  }

  private void form(String name, String body) {
    raw("form: " + name, post("application/x-www-form-urlencoded", body, ""));
  }

  private void body(String name, String type, String body) {
    raw(name, post(type, body, ""));
  }

  private static String get(String path, String headers) {
    return "GET " + path + HOST + headers + "\r\n";
  }

  private static String post(String type, String body, String headers) {
    return "POST /login"
        + HOST
        + headers
        + "Sec-Fetch-Site: same-origin\r\nContent-Type: "
        + type
        + "\r\nContent-Length: "
        + body.length()
        + "\r\n\r\n"
        + body;
  }

  private static String repeated(int times, String format) {
    return IntStream.range(0, times).mapToObj(format::formatted).collect(Collectors.joining());
  }

  /** 30 MB of zeros in 30 kB. */
  private static String zeros() {
    var packed = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(packed)) {
      gzip.write(new byte[30_000_000]);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return packed.toString(ISO_8859_1);
  }
}
