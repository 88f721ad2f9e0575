package dev.keywheel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Rules that the compiler does not check. Each message names the files that break a rule. */
class HouseRulesTest {
  private static final Set<String> LOCAL_CLIENTS = Set.of("HealthProbe", "TrainingRun");
  private static final int LONGEST_FILE = 300;
  private static final int LONGEST_TEST = 450;
  private static final int LONGEST_TEMPLATE_LINE = 160;
  private static final int LARGEST_PACKAGE = 20;

  /**
   * The only places, besides the vault, that see a secret in plain text: the credential of a
   * request, an import (encrypted as a whole) that waits for its confirmation, the check of an
   * authenticator app's code, and the page on which an administrator reveals a key after entering
   * the password.
   */
  private static final Set<String> MAY_REVEAL =
      Set.of(
          "provider/http/BearerCredential",
          "key/imports/ImportStore",
          "people/factor/AuthenticatorAppRepository",
          "web/gateway/IssuedPage",
          "web/keys/RevealedPage");

  /** Where the real clock, real randomness and real waiting are created and passed on. */
  private static final Set<String> THE_REAL_WORLD =
      Set.of(
          "App",
          "Main",
          "SystemServices",
          "sandbox/server/SandboxOptions",
          "time/Delayer",
          "time/Stopwatch");

  /** Create random names of requests and forms; no decision depends on these. */
  private static final Set<String> UNIQUE_NAMES =
      Set.of("web/server/RequestGuard", "web/page/RenderContext");

  private static final Pattern CLOCK =
      Pattern.compile(
          "\\b(Instant|LocalDate|LocalTime|LocalDateTime|OffsetDateTime|ZonedDateTime|Year)\\.now\\("
              + "|\\bClock\\.(system|tick)|\\bInstantSource\\.system|\\bcurrentTimeMillis\\(|\\bnanoTime\\b"
              + "|\\b(currentTimestamp|currentOffsetDateTime|currentLocalDateTime|currentInstant)\\(|\\bDSL\\.now\\(|\\bnew"
              + " (java\\.util\\.)?Date\\(\\)");

  private static final Pattern RANDOMNESS =
      Pattern.compile(
          "\\bnew (Secure)?Random\\(|\\bMath\\.random\\(|\\bThreadLocalRandom\\b"
              + "|\\bUUID\\.randomUUID\\(|\\bRandomGenerator\\.(of|getDefault)\\(|\\bSecureRandom\\.getInstance");

  private static final Pattern SLEEP =
      Pattern.compile("\\bThread\\.sleep\\(|\\bTimeUnit\\.\\w+\\.sleep\\(");

  private static final Pattern STARTED_ON_LOAD =
      Pattern.compile("@AutoClose\\s+(?:private )?static final \\w+ \\w+ =");
  private static final Pattern VAGUE_NAME =
      Pattern.compile(".*(Utils?|Manager|Helper|Impl|Handler|Helpers|Misc|Common)");

  /** Packages whose outcomes are sealed types and enums. */
  private static final Pattern OUTCOME_PACKAGES =
      Pattern.compile("(rotation|article/operation/\\w+|article/run/\\w+)/.*");

  private static final Pattern DEFAULT_BRANCH = Pattern.compile("\\bdefault\\s*(->|:)");

  /** A comparison or search on a reason, or on the text of an enum's constant. */
  private static final Pattern TEXT_DECISION =
      Pattern.compile(
          "\\b(why|reason|detail|sentence|because|[gG]etMessage|(?<=\\.)(label|text)(?=\\())(\\(\\))?"
              + "\\s*\\.(contains|startsWith|endsWith|equals|matches|replace\\w*|indexOf)\\(");

  /** Reads the verdict in a model's answer. */
  private static final Set<String> PARSES_WORDS =
      Set.of("article/operation/tool/ValidatorOperation");

  @Test
  void switches_over_outcomes_name_every_case() {
    assertThat(outcomeFiles(DEFAULT_BRANCH)).isEqualTo(PARSES_WORDS);
  }

  @Test
  void no_decision_depends_on_a_text_for_users() {
    assertThat(outcomeFiles(TEXT_DECISION)).isEmpty();
  }

  private static Set<String> outcomeFiles(Pattern forbidden) {
    return places(
        SourceFile.under(SourceFile.MAIN),
        file ->
            OUTCOME_PACKAGES.matcher(file.place()).matches()
                && forbidden.matcher(file.code()).find());
  }

  @Test
  void only_the_composition_reads_the_clock() {
    assertThat(mainFiles(CLOCK, THE_REAL_WORLD)).isEmpty();
  }

  @Test
  void only_the_composition_creates_random_generators() {
    var creating = new TreeSet<>(mainFiles(RANDOMNESS, THE_REAL_WORLD));
    creating.removeAll(UNIQUE_NAMES);
    assertThat(creating).isEmpty();
  }

  @Test
  void only_the_server_reads_the_address_of_a_connection() {
    var address = Pattern.compile("\\bctx\\.ip\\(|\\bgetRemote(Addr|Host)\\(");
    assertThat(mainFiles(address, Set.of("web/server/WebContext"))).isEmpty();
  }

  @Test
  void only_the_delayer_of_the_composition_sleeps() {
    assertThat(mainFiles(SLEEP, THE_REAL_WORLD)).isEmpty();
  }

  @Test
  void no_test_sleeps() {
    assertThat(places(SourceFile.under(SourceFile.TEST), file -> SLEEP.matcher(file.code()).find()))
        .isEmpty();
  }

  @Test
  void keys_are_in_plain_text_only_where_they_must_be() {
    var revealing =
        places(
            SourceFile.under(SourceFile.MAIN),
            file ->
                !file.packageName().equals("secret")
                    && Pattern.compile("\\.reveal\\(|\\bSecret::reveal\\b")
                        .matcher(file.code())
                        .find());
    assertThat(MAY_REVEAL.containsAll(revealing)).as(revealing::toString).isTrue();
  }

  @Test
  void only_the_provider_package_sends_http_requests_to_other_hosts() {
    var client =
        Pattern.compile(
            "\\bjava\\.net\\.http\\.|\\bHttpURLConnection\\b|\\bopenConnection\\("
                + "|\\bopenStream\\(|\\bnew Socket\\(|\\bSocketFactory\\b|\\bSocketChannel\\.open\\(");
    var clients =
        places(SourceFile.under(SourceFile.MAIN), file -> client.matcher(file.code()).find());
    assertThat(clients)
        .as("HealthProbe and TrainingRun connect only to this machine")
        .contains("provider/socket/ProviderConnection")
        .allMatch(place -> place.startsWith("provider/") || LOCAL_CLIENTS.contains(place));
  }

  @Test
  void class_names_have_no_generic_endings() {
    assertThat(places(all(), file -> VAGUE_NAME.matcher(file.name()).matches())).isEmpty();
  }

  @Test
  void no_class_looks_like_a_test() {
    // "KeyToTest" is a key that is to be tested, not a test class.
    assertThat(
            places(SourceFile.under(SourceFile.MAIN), file -> file.name().matches(".*(?<!To)Test")))
        .isEmpty();
  }

  @Test
  void no_two_classes_share_a_name_and_no_class_has_the_name_of_a_table() {
    var places = new TreeMap<String, Set<String>>();
    for (SourceFile file : SourceFile.under(SourceFile.MAIN)) {
      places.computeIfAbsent(file.name(), name -> new TreeSet<>()).add(file.place());
    }
    for (SourceFile table : SourceFile.under(SourceFile.TABLES)) {
      places.computeIfAbsent(table.name(), name -> new TreeSet<>()).add("the table");
    }
    places.remove("package-info");
    places.values().removeIf(those -> those.size() == 1);
    assertThat(places).isEmpty();
  }

  @Test
  void no_package_has_more_than_twenty_types() {
    Map<String, Long> packages =
        SourceFile.under(SourceFile.MAIN).stream()
            .filter(file -> !file.name().equals("package-info"))
            .collect(Collectors.groupingBy(SourceFile::packageName, Collectors.counting()));
    packages.values().removeIf(types -> types <= LARGEST_PACKAGE);
    assertThat(packages).isEmpty();
  }

  @Test
  void every_package_is_marked_as_non_null_by_default() {
    var marked =
        places(
            SourceFile.under(SourceFile.MAIN),
            file -> file.name().equals("package-info") && file.code().contains("@NullMarked"));
    var unmarked = new TreeSet<String>();
    for (SourceFile file : SourceFile.under(SourceFile.MAIN)) {
      String info = file.place().replaceAll("[^/]+$", "package-info");
      if (!marked.contains(info)) {
        unmarked.add(info);
      }
    }
    assertThat(unmarked).isEmpty();
  }

  @Test
  void no_file_exceeds_the_largest_length() {
    var tooLong =
        new TreeSet<>(
            places(SourceFile.under(SourceFile.MAIN), file -> file.lines() > LONGEST_FILE));
    tooLong.addAll(places(SourceFile.under(SourceFile.TEST), file -> file.lines() > LONGEST_TEST));
    assertThat(tooLong).isEmpty();
  }

  /** Otherwise another test class creates them, and the end of that class closes their database. */
  @Test
  void no_test_calls_a_method_of_a_test_class_that_starts_something_when_it_is_loaded() {
    var tests = SourceFile.under(SourceFile.TEST);
    Set<String> starting =
        tests.stream()
            .filter(file -> STARTED_ON_LOAD.matcher(file.code()).find())
            .map(SourceFile::name)
            .collect(Collectors.toSet());
    assertThat(starting).isNotEmpty();
    var calls = Pattern.compile("\\b(?:" + String.join("|", starting) + ")\\.[a-z]\\w*[;(]");
    assertThat(places(tests, file -> calls.matcher(file.code()).find())).isEmpty();
  }

  @Test
  void no_comment_is_a_todo() {
    var later = Pattern.compile("\\b(TODO|FIXME|XXX)\\b");
    assertThat(places(all(), file -> later.matcher(comments(file)).find())).isEmpty();
  }

  @Test
  void each_rule_finds_what_it_forbids() {
    assertThat(CLOCK.matcher("var t = Instant.now();").find()).isTrue();
    assertThat(CLOCK.matcher("clock.instant()").find()).isFalse();
    assertThat(RANDOMNESS.matcher("new SecureRandom()").find()).isTrue();
    assertThat(SLEEP.matcher("Thread.sleep(5)").find()).isTrue();
    assertThat(DEFAULT_BRANCH.matcher("default -> null;").find()).isTrue();
    assertThat(TEXT_DECISION.matcher("if (why.contains( )) {").find()).isTrue();
    assertThat(TEXT_DECISION.matcher("operation.label().replace( ,  )").find()).isTrue();
    assertThat(TEXT_DECISION.matcher("halt.equals(other)").find()).isFalse();
    assertThat(STARTED_ON_LOAD.matcher("@AutoClose static final App app = App.start();").find())
        .isTrue();
    assertThat(VAGUE_NAME.matcher("KeyManager").matches()).isTrue();
    assertThat(VAGUE_NAME.matcher("KeyPool").matches()).isFalse();
    var commented = new SourceFile(SourceFile.MAIN, "// x\nvar a = \"//\"; /* y */ b('\"');\n");
    assertThat(commented.code()).isEqualTo(" \nvar a =  ;   b( );\n");
  }

  private static String comments(SourceFile file) {
    return file.name().equals("HouseRulesTest")
        ? ""
        : file.text()
            .lines()
            .map(String::strip)
            .filter(line -> line.startsWith("//") || line.startsWith("*") || line.startsWith("/*"))
            .collect(Collectors.joining("\n"));
  }

  private static Set<String> mainFiles(Pattern forbidden, Set<String> except) {
    return places(
        SourceFile.under(SourceFile.MAIN),
        file -> !except.contains(file.place()) && forbidden.matcher(file.code()).find());
  }

  private static List<SourceFile> all() {
    var all = new ArrayList<>(SourceFile.under(SourceFile.MAIN));
    all.addAll(SourceFile.under(SourceFile.TEST));
    return all;
  }

  private static Set<String> places(List<SourceFile> files, Predicate<SourceFile> which) {
    return files.stream()
        .filter(which)
        .map(SourceFile::place)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void no_line_of_a_template_exceeds_the_largest_length() throws IOException {
    var tooLong = new ArrayList<String>();
    for (Path template : templates()) {
      Files.readString(template)
          .lines()
          .filter(line -> line.length() > LONGEST_TEMPLATE_LINE)
          .forEach(line -> tooLong.add(template + ": " + line.strip()));
    }
    assertThat(tooLong).isEmpty();
  }

  /**
   * The template engine does not evaluate such an expression; it writes the source text into the
   * page.
   */
  @Test
  void no_expression_in_an_attribute_spans_two_lines() throws IOException {
    var open = Pattern.compile("=\"[^\"]*\\$\\{[^}]*$", Pattern.MULTILINE);
    for (Path template : templates()) {
      assertThat(open.matcher(Files.readString(template)).find()).as(template.toString()).isFalse();
    }
  }

  private static List<Path> templates() throws IOException {
    try (var files = Files.walk(Path.of("src/main/jte"))) {
      return files.filter(file -> file.toString().endsWith(".jte")).toList();
    }
  }
}
