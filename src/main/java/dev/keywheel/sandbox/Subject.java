package dev.keywheel.sandbox;

import java.text.Normalizer;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A topic as it can stand in a sentence.
 *
 * @param phrase in the middle of a sentence: "choosing a mortgage"
 * @param title at the beginning of one: "Choosing a mortgage"
 */
record Subject(String phrase, String title) {

  /** Longer topics are cut at a word: the subject has to fit into titles and sentences. */
  static final int LONGEST = 44;

  private static final String NEUTRAL = "making a good choice";
  private static final Pattern ASKS =
      Pattern.compile(
          "(?i)^(?:(?:article|guide|post|text|essay|page|blog post|introduction)\\s+(?:about|on|to|for)\\s+|"
              + "(?:a|the|an)\\s+(?:complete |ultimate |practical |beginner'?s? |short )*(?:guide|introduction)\\s+(?:to|for)\\s+|"
              + "write (?:about|an article about|an article on)\\s+|everything (?:you need to know )?about\\s+|"
              + "what (?:is|are)\\s+(?:the\\s+)?|tips (?:for|on)\\s+|top \\d+\\s+|\\d+ (?:best |tips for |ways to |reasons (?:to|for) )|"
              + "understanding (?=\\w))");
  private static final Pattern HOW =
      Pattern.compile(
          "(?i)^how (?:to|do (?:i|you|we)|can (?:i|you|we)|should (?:i|you|we))\\s+(\\S+)(.*)$");
  private static final Pattern QUESTION =
      Pattern.compile(
          "(?i)^(?:is|are|do|does|did|should|can|could|will|would|why|when|where|which|who|how)\\s.*");
  private static final Pattern SUPERLATIVE =
      Pattern.compile("(?i)^(?:the )?(best|cheapest|safest|easiest|fastest|right)\\s+(.+)$");
  private static final Set<String> IMPERATIVES =
      Set.of(
          "calculate",
          "choose",
          "compare",
          "build",
          "make",
          "plan",
          "save",
          "learn",
          "start",
          "write",
          "buy",
          "convert",
          "create",
          "find",
          "get",
          "grow",
          "improve",
          "keep",
          "manage",
          "measure",
          "organise",
          "organize",
          "reduce",
          "set",
          "use",
          "brew",
          "cook",
          "bake",
          "train",
          "travel",
          "split",
          "run",
          "sell",
          "pay",
          "invest",
          "budget");
  private static final Set<String> DOUBLED =
      Set.of(
          "run", "set", "get", "plan", "cut", "put", "stop", "begin", "swim", "shop", "chop", "sit",
          "win", "dig", "plug", "stir", "scan", "map", "split", "trim", "wrap", "ship", "hem");
  private static final Pattern PREPOSITION =
      Pattern.compile(" (?:for|in|at|of|with|on|without|during|as|to|after|before|near|under) ");
  private static final int LONGEST_OBJECT = 3;
  private static final Pattern STRIPPED =
      Pattern.compile(
          "^(?:(?:choosing|buying|making|brewing|baking|planning|building|cooking|growing|organising|organizing|setting up|"
              + "finding|getting|improving|comparing|selling|starting|running|keeping|managing|measuring)\\s+)?"
              + "(?:(?:a|an|the|your|my|our|best|right|cheapest|first|perfect)\\s+)*");
  private static final Pattern LOWERABLE = Pattern.compile("[A-Z][a-z]+");

  /** From whatever a user typed: markup, instructions and length do no harm. */
  static Subject of(String typed) {
    var text =
        Normalizer.normalize(typed, Normalizer.Form.NFC)
            .replaceAll("<[^>]*>", " ")
            .replaceAll("[\\p{Cc}\\p{Cf}\\p{Co}\\p{So}<>{}\\[\\]|\\\\`*_#@\"“”„«»]+", " ")
            .replaceAll("\\s+", " ")
            .strip()
            .replaceAll("[\\s.,;:!?\\-–—]+$", "");
    if (text.isEmpty()) {
      return new Subject(NEUTRAL, "Making a good choice");
    }
    var phrase = cut(phrase(cut(text, 160)), LONGEST);
    return new Subject(
        phrase, phrase.substring(0, 1).toUpperCase(Locale.ROOT) + phrase.substring(1));
  }

  private static String phrase(String text) {
    var asked = ASKS.matcher(text).replaceFirst("");
    var rest = asked.isBlank() ? text : asked;
    var how = HOW.matcher(rest);
    if (how.matches()) {
      return gerund(how.group(1)) + how.group(2);
    }
    var best = SUPERLATIVE.matcher(rest);
    if (best.matches()) {
      return "choosing the " + best.group(1).toLowerCase(Locale.ROOT) + " " + best.group(2);
    }
    if (QUESTION.matcher(rest).matches() && rest.indexOf(' ') > 0) {
      return "the question “" + cut(rest, LONGEST - 16) + "”";
    }
    var first = rest.split(" ")[0];
    if (IMPERATIVES.contains(first.toLowerCase(Locale.ROOT)) && rest.indexOf(' ') > 0) {
      return gerund(first) + rest.substring(first.length());
    }
    return lowered(rest);
  }

  static String gerund(String verb) {
    var v = verb.toLowerCase(Locale.ROOT);
    if (v.endsWith("ing") && v.length() > 4) {
      return v;
    }
    if (v.endsWith("ie")) {
      return v.substring(0, v.length() - 2) + "ying";
    }
    if (v.endsWith("e") && !v.endsWith("ee") && !v.equals("be")) {
      return v.substring(0, v.length() - 1) + "ing";
    }
    return DOUBLED.contains(v) ? v + v.charAt(v.length() - 1) + "ing" : v + "ing";
  }

  /**
   * "Home Coffee Brewing" and "Home coffee brewing" lose their capital; names and abbreviations
   * keep it.
   */
  private static String lowered(String text) {
    var words = text.split(" ");
    if (!LOWERABLE.matcher(words[0]).matches()) {
      return text;
    }
    var rest = Arrays.stream(words).skip(1).toList();
    var titleCase =
        rest.size() >= 2
            && rest.stream().allMatch(w -> w.length() < 4 || Character.isUpperCase(w.charAt(0)));
    if (titleCase) {
      return String.join(
          " ",
          Arrays.stream(words)
              .map(w -> LOWERABLE.matcher(w).matches() ? w.toLowerCase(Locale.ROOT) : w)
              .toList());
    }
    return Vocabulary.isCommon(words[0])
        ? words[0].toLowerCase(Locale.ROOT) + text.substring(words[0].length())
        : text;
  }

  /** Cut at a word, with a closing mark put back. */
  static String cut(String text, int longest) {
    if (text.length() <= longest) {
      return text;
    }
    var space = text.lastIndexOf(' ', longest - 1);
    var end = space > longest / 2 ? space : longest - 1;
    var kept =
        text.substring(0, Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end).strip();
    var clean =
        kept.replaceAll("(?i)(\\s+(a|an|and|the|of|for|to|in|on|with|or|at|by|from|your|my))+$", "")
            .replaceAll("[\\s.,;:\\-–—]+$", "");
    var open = clean.indexOf('“') >= 0 && clean.indexOf('”') < 0;
    return open ? clean + "”" : clean;
  }

  /** Whether one of the words (or phrases) stands in the topic as a whole word. */
  boolean mentions(String... words) {
    return mentions(List.of(words));
  }

  boolean mentions(List<String> words) {
    var padded = " " + phrase.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N}%]+", " ") + " ";
    return words.stream().anyMatch(word -> padded.contains(" " + word + " "));
  }

  /** "your home espresso machine"; "your plan" where that would not read well. */
  String yours() {
    var bare = head(STRIPPED.matcher(phrase).replaceFirst(""));
    var fits =
        !bare.isEmpty()
            && bare.split(" ").length <= LONGEST_OBJECT
            && !bare.contains("“")
            && !bare.split(" ")[0].matches(".{2,}ing");
    return fits ? "your " + bare : "your plan";
  }

  /** Whether it is several things, as "running shoes" are; "choosing running shoes" is one. */
  boolean plural() {
    var head = head(phrase);
    var last = head.substring(head.lastIndexOf(' ') + 1).toLowerCase(Locale.ROOT);
    return !phrase.matches("\\p{L}{2,}ing .*|the question .*")
        && last.matches(".{2,}[^su]s")
        && !last.matches(".*(?:ics|sis|news|series|lens|tennis)");
  }

  /** The part before "for beginners", "at home" and the like. */
  private static String head(String phrase) {
    var end = PREPOSITION.matcher(phrase);
    return end.find() && end.start() > 0 ? phrase.substring(0, end.start()) : phrase;
  }

  /** What the topic is compared by. */
  Angle angle() {
    return Angle.of(this);
  }

  /** The tool's name, with the topic before it where that is short enough to read well. */
  String toolName(String plain) {
    var capital = title.replaceAll("[“”]", "");
    var words = capital.split(" ").length;
    var fits = words <= 3 && capital.length() <= 22 && !phrase.startsWith("choosing the");
    var repeats = plain.toLowerCase(Locale.ROOT).contains(phrase.toLowerCase(Locale.ROOT));
    return fits && !repeats && !phrase.equals(Subject.NEUTRAL)
        ? headline(capital) + " " + plain
        : plain;
  }

  /** Each longer word with a capital. */
  static String headline(String text) {
    var words = text.split(" ");
    for (var i = 0; i < words.length; i++) {
      if (i == 0 || words[i].length() > 3) {
        words[i] =
            words[i].isEmpty()
                ? ""
                : words[i].substring(0, 1).toUpperCase(Locale.ROOT) + words[i].substring(1);
      }
    }
    return String.join(" ", words);
  }
}
