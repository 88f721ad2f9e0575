package dev.keywheel.sandbox;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** Which words are ordinary ones, so that their capital may go in the middle of a sentence. */
final class Vocabulary {

  private static final Pattern ORDINARY_END =
      Pattern.compile(
          ".{3,}(?:ing|tion|sion|ment|ness|ity|ance|ence|ship|ware|able|ful|less|ive|al|ic|ous|ed|ly|ies|ers)");
  private static final Set<String> COMMON =
      new HashSet<>(
          List.of(
              ("home house mortgage loan loans credit debt car cars personal student interest compound savings money budget tax taxes "
                      + "price prices discount percentage percent tip sale profit margin unit units metric length weight temperature "
                      + "kitchen days date dates age calendar deadline text word words readability essay password passwords strong "
                      + "secure coffee tea bread sourdough pizza cake meal food healthy cheap good great small large big new old smart "
                      + "simple easy hard free fast slow remote online digital electric solar garden indoor outdoor plants houseplants "
                      + "dog dogs cat cats puppy kids children baby family work office team project business startup freelance sales "
                      + "customer product email website blog software app data cloud computer laptop phone camera bike bicycle shoes "
                      + "trail road mountain city beach winter summer spring autumn morning night sleep fitness yoga weight muscle "
                      + "marathon language guitar piano chess book books history science art music photography travel trip holiday "
                      + "weekend first second best right daily weekly monthly yearly long short time life world water air energy heat "
                      + "light sun rain wood paper glass steel stone the a an your my our this that these those some all every no "
                      + "urban rural modern classic basic advanced common natural green clean raw fresh hot cold dry wet high low full "
                      + "early late young women men people parents teachers students beginners seniors stress anxiety habit habits "
                      + "skin hair diet vegan vegetarian keto protein vitamin sugar salt salary rent renting wedding party gift gifts")
                  .split(" ")));

  private Vocabulary() {}

  static boolean isCommon(String word) {
    var lower = word.toLowerCase(Locale.ROOT);
    return COMMON.contains(lower) || ORDINARY_END.matcher(lower).matches();
  }
}
