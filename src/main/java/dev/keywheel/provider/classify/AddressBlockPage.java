package dev.keywheel.provider.classify;

import dev.keywheel.provider.http.Observation.Reply;
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
              + "|access denied"
              + "|captcha"
              + "|just a moment"
              + "|checking your browser"
              + "|enable javascript and cookies"
              + "|(?:verify|verifying|confirm)\\b.{0,20}\\bhuman\\b"
              + "|\\byou (?:are|have been|were)\\b.{0,20}\\b(?:blocked|banned|rate limited)\\b"
              + "|\\b(?:ip|address|network)\\b.{0,60}\\b(?:blocked|banned|denied|restricted)\\b"
              + "|\\b(?:blocked|banned|denied|restricted)\\b.{0,60}\\b(?:ip|address)\\b",
          Pattern.CASE_INSENSITIVE);

  private AddressBlockPage() {}

  /**
   * @param body the text of the reply
   */
  static boolean is(Reply reply, String body) {
    return !reply.header("cf-mitigated").isEmpty() || SIGN.matcher(visible(body)).find();
  }

  private static String visible(String body) {
    String start = body.substring(0, Math.min(body.length(), MAX_READ));
    return SPACE.matcher(TAG.matcher(start).replaceAll(" ")).replaceAll(" ");
  }
}
