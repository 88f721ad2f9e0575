package dev.keywheel.provider.classify;

import dev.keywheel.provider.http.Observation.Reply;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Recognizes the page with which an edge network blocks this server's address, or asks a user to
 * prove that they are human. Any other page with the same status may come from a server behind the
 * edge network that is overloaded or refuses only this request.
 */
final class AddressBlockPage {
  /** The signs are at the start of a page; a page may be large. */
  private static final int MAX_READ = 20_000;

  private static final Pattern TAG = Pattern.compile("<[^<>]*+>");
  private static final Pattern SPACE = Pattern.compile("\\s++|&nbsp;");

  private static final Pattern SIGN =
      Pattern.compile(
          "\\berror(?: code)?:? 10\\d\\d\\b"
              + "|attention required"
              + "|\\b(?:complete|solve|pass)\\b.{0,30}\\bcaptcha"
              + "|just a moment"
              + "|checking your browser"
              + "|enable javascript and cookies"
              + "|(?:verify|verifying|confirm)\\b.{0,20}\\bhuman\\b"
              + "|\\byou (?:are|have been|were)\\b.{0,20}\\b(?:blocked|banned|rate limited)\\b"
              + "|\\b(?:ip|address|network)\\b.{0,60}\\b(?:blocked|banned|denied|restricted)\\b"
              + "|\\b(?:blocked|banned|denied|restricted)\\b.{0,60}\\b(?:ip|address)\\b",
          Pattern.CASE_INSENSITIVE);

  /** A server's own page may have one of these; two different ones are a sign. */
  private static final Pattern WEAK_SIGN =
      Pattern.compile(
          "access denied|captcha|cloudflare|unusual traffic|not a robot"
              + "|reference(?: |&#32;)(?:#|&#35;)",
          Pattern.CASE_INSENSITIVE);

  private AddressBlockPage() {}

  /**
   * @param body the text of the reply
   */
  static boolean is(Reply reply, String body) {
    String text = visible(body);
    return !reply.header("cf-mitigated").isEmpty()
        || SIGN.matcher(text).find()
        || weakSigns(text) > 1;
  }

  private static long weakSigns(String text) {
    return WEAK_SIGN
        .matcher(text)
        .results()
        .map(sign -> sign.group().toLowerCase(Locale.ROOT))
        .distinct()
        .limit(2)
        .count();
  }

  private static String visible(String body) {
    String start = body.substring(0, Math.min(body.length(), MAX_READ));
    return SPACE.matcher(TAG.matcher(start).replaceAll(" ")).replaceAll(" ");
  }
}
