package dev.keywheel.sandbox.faults;

import dev.keywheel.sandbox.base.Hash;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A parsed sandbox key: {@code sk-or-demo-{behaviour}[-{argument}]-{number}[@{account}]}.
 *
 * <p>The key names its behaviour, so that a user can see each one by adding a key:
 *
 * <table>
 * <caption>Behaviours</caption>
 * <tr><td>{@code valid}</td><td>works</td></tr>
 * <tr><td>{@code freetier}</td><td>works for {@code :free} models, 402 for others</td></tr>
 * <tr><td>{@code ratelimited-90s}</td><td>429 with Retry-After until 90 s after its first call</td></tr>
 * <tr><td>{@code daily}</td><td>429 free-models-per-day for {@code :free} models; {@code /key} shows 0 left</td></tr>
 * <tr><td>{@code minute}</td><td>429 free-models-per-min for {@code :free} models, with the next minute as the reset time</td></tr>
 * <tr><td>{@code quota-5}</td><td>five calls, then like {@code daily}</td></tr>
 * <tr><td>{@code bare429}</td><td>429 without details</td></tr>
 * <tr><td>{@code exhausted}</td><td>402 insufficient credits; {@code /key} shows 0 remaining</td></tr>
 * <tr><td>{@code afford-2000}</td><td>402 "can only afford 2000" when more tokens are requested</td></tr>
 * <tr><td>{@code inflight}</td><td>402 with Retry-After while another call of the key is open</td></tr>
 * <tr><td>{@code keycap}</td><td>403 key limit exceeded (daily limit)</td></tr>
 * <tr><td>{@code budget}</td><td>403 workspace budget exceeded</td></tr>
 * <tr><td>{@code revoked}</td><td>401, also from {@code /key}</td></tr>
 * <tr><td>{@code recover-2}</td><td>401 until it was checked twice, then works</td></tr>
 * <tr><td>{@code doubt}</td><td>401 for completions although {@code /key} says it works</td></tr>
 * <tr><td>{@code bare403}</td><td>403 without details</td></tr>
 * <tr><td>{@code management}</td><td>{@code /key} says management key; 401 for completions</td></tr>
 * <tr><td>{@code expired}</td><td>{@code /key} shows an expiry in the past; 401 for completions</td></tr>
 * <tr><td>{@code byok}</td><td>401 of the upstream provider</td></tr>
 * <tr><td>{@code flaky-30}</td><td>30 % of the calls give 502</td></tr>
 * <tr><td>{@code slow-20s}</td><td>20 s more for each completion</td></tr>
 * <tr><td>{@code hang}</td><td>accepts, never answers</td></tr>
 * <tr><td>{@code streamerror-3}</td><td>a stream reports an error after three events</td></tr>
 * <tr><td>{@code streamcut-3}</td><td>the connection ends after three events of a stream</td></tr>
 * <tr><td>{@code streamend-3}</td><td>a stream ends after three events without saying why</td></tr>
 * <tr><td>{@code comments-40}</td><td>a stream sends a comment a second for 40 s before its first event</td></tr>
 * <tr><td>{@code endless}</td><td>a stream without end</td></tr>
 * <tr><td>{@code reset}</td><td>closes the connection in the middle of the body</td></tr>
 * <tr><td>{@code cutjson}</td><td>an envelope that ends in the middle</td></tr>
 * <tr><td>{@code truncate-40}</td><td>finish {@code length} at 40 % of the text; continues when asked to</td></tr>
 * <tr><td>{@code badjson}, {@code badjson-hard}</td><td>JSON in prose with a trailing comma; unusable until asked
 *     again</td></tr>
 * <tr><td>{@code upstream}</td><td>429 of the upstream provider for the first model it is used with</td></tr>
 * <tr><td>{@code noendpoint}</td><td>404 No endpoints found for the first model it is used with</td></tr>
 * <tr><td>{@code agentic}</td><td>403 because of the kind of model, for the first model it is used with</td></tr>
 * <tr><td>{@code error200}, {@code choiceerror}, {@code nochoices}, {@code empty}</td><td>200 without a usable answer</td></tr>
 * <tr><td>{@code reasoning}</td><td>200, all tokens used for reasoning; works with a higher limit</td></tr>
 * <tr><td>{@code filter}</td><td>finish {@code content_filter}</td></tr>
 * <tr><td>{@code html502}, {@code cdn429}</td><td>error pages of the CDN</td></tr>
 * <tr><td>{@code timeout504}</td><td>504 without details</td></tr>
 * <tr><td>{@code moderation}, {@code refuse}</td><td>403 with reasons; a polite refusal as text</td></tr>
 * <tr><td>{@code hostile}</td><td>a tool that tries to access the network, the surrounding page and storage</td></tr>
 * <tr><td>{@code toolbug-nan}, {@code -divisor}, {@code -deadbutton}, {@code -network}, {@code -wide}, {@code
 *     -lostid}</td><td>a tool with that fault; the reviewer's answer corrects it</td></tr>
 * <tr><td>{@code repeat}, {@code drift}</td><td>each section has the text of section 1; the first marker is a heading, and the last block is missing</td></tr>
 * <tr><td>{@code badimage}, {@code badimage-flat}, {@code badimage-svg}</td><td>not an image, a single colour,
 *     or an SVG with a script</td></tr>
 * </table>
 *
 * @param argument the part between behaviour and number; empty when there is none
 * @param account account of the key: its keys share daily and minute limits; the key itself when it
 *     names no account
 */
public record SandboxKey(String text, String behaviour, String argument, String account) {

  public static final String PREFIX = "sk-or-demo-";

  private static final Pattern FORM =
      Pattern.compile("([a-z]+\\d*)(?:-(.+?))??(?:-(\\d+))?(?:@([A-Za-z0-9._-]+))?");
  private static final Set<String> BEHAVIOURS =
      Set.of(
          """
          valid freetier ratelimited daily minute quota bare429 exhausted afford inflight keycap
          budget revoked recover doubt bare403 management expired byok flaky slow hang reset
          cutjson truncate badjson upstream noendpoint agentic error200 choiceerror nochoices empty
          reasoning filter html502 cdn429 timeout504 moderation refuse hostile toolbug repeat drift
          badimage streamerror streamcut streamend comments endless
          """
              .split("\\s+"));
  private static final Set<String> WITH_NUMBER =
      Set.of(
          """
          ratelimited quota afford flaky slow truncate recover streamerror streamcut streamend
          comments
          """
              .split("\\s+"));
  private static final List<String> TOOL_FAULTS = ToolFault.codes();

  /** Parses a key. Empty for an unknown key, which is answered with 401, User not found. */
  public static Optional<SandboxKey> read(String key) {
    if (!key.startsWith(PREFIX)) {
      return Optional.empty();
    }
    var form = FORM.matcher(key.substring(PREFIX.length()));
    if (!form.matches() || !BEHAVIOURS.contains(form.group(1))) {
      return Optional.empty();
    }
    var behaviour = form.group(1);
    var argument = Optional.ofNullable(form.group(2)).orElse("");
    var number = Optional.ofNullable(form.group(3)).orElse("");
    if (argument.isEmpty() && WITH_NUMBER.contains(behaviour)) {
      argument = number;
    }
    var account = Optional.ofNullable(form.group(4)).orElse(key);
    return fits(behaviour, argument)
        ? Optional.of(new SandboxKey(key, behaviour, argument, account))
        : Optional.empty();
  }

  private static boolean fits(String behaviour, String argument) {
    if (WITH_NUMBER.contains(behaviour)) {
      return argument.matches("\\d{1,6}s?");
    }
    return switch (behaviour) {
      case "toolbug" -> argument.isEmpty() || TOOL_FAULTS.contains(argument);
      case "badjson" -> argument.isEmpty() || argument.equals("hard");
      case "badimage" -> argument.isEmpty() || argument.equals("flat") || argument.equals("svg");
      default -> argument.isEmpty();
    };
  }

  /** The argument as a number; {@code 90s} is 90. */
  public int amount() {
    return Integer.parseInt(argument.replace("s", ""));
  }

  /** The last three characters of the key. */
  public String ending() {
    return text.substring(Math.max(0, text.length() - 3));
  }

  /** The same key and account with the behaviour of {@code other}. */
  public SandboxKey as(SandboxKey other) {
    return new SandboxKey(text, other.behaviour, other.argument, account);
  }

  @Override
  public String toString() {
    return "SandboxKey[" + behaviour + " " + mask(text) + "]";
  }

  /** Prefix, last characters and a short hash: distinguishes keys without revealing them. */
  public static String mask(String key) {
    if (key.isEmpty()) {
      return "";
    }
    var shown =
        key.length() < 16 ? "" : key.substring(0, 6) + "…" + key.substring(key.length() - 4);
    return shown + "#" + Hash.of(key).hex(8);
  }
}
