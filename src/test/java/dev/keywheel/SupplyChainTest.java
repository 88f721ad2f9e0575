package dev.keywheel;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.keywheel.support.RawHttp;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.WebApp;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;

/**
 * Versions and checksums of dependencies and vendored files; contents and permissions of the image.
 */
class SupplyChainTest {
  private static final Path VENDORED = Path.of("static/js/vendor");

  @Test
  void every_vendored_file_is_listed_with_version_licence_source_and_checksum() throws Exception {
    List<String[]> list =
        Files.readAllLines(VENDORED.resolve("VENDORED.csv")).stream()
            .skip(1)
            .map(line -> line.split(","))
            .toList();
    for (String[] row : list) {
      byte[] file = Files.readAllBytes(VENDORED.resolve(row[0]));
      byte[] digest = MessageDigest.getInstance("SHA-384").digest(file);
      assertThat(Base64.getEncoder().encodeToString(digest)).as(row[0]).isEqualTo(row[4]);
      assertThat(row[1]).matches("\\d+\\.\\d+\\.\\d+");
      assertThat(row[2]).isEqualTo("0BSD");
      assertThat(row[3]).startsWith("https://").contains(row[1], row[0]);
    }
    try (var files = Files.list(VENDORED)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrderElementsOf(
              Stream.concat(
                      list.stream().map(row -> row[0]),
                      Stream.of("VENDORED.csv", "htmx-LICENSE.txt"))
                  .toList());
    }
  }

  @Test
  void vendored_scripts_are_only_in_their_folder() throws IOException {
    try (var files = Files.walk(Path.of("static"))) {
      assertThat(files.filter(file -> file.toString().contains(".min.")))
          .allMatch(file -> file.startsWith(VENDORED));
    }
  }

  @Test
  void every_library_and_every_plugin_of_the_build_has_one_version() throws Exception {
    var factory = javax.xml.parsers.DocumentBuilderFactory.newDefaultInstance();
    var pom = factory.newDocumentBuilder().parse(Path.of("pom.xml").toFile());
    var versions = pom.getElementsByTagName("version");
    for (int i = 0; i < versions.getLength(); i++) {
      String version = versions.item(i).getTextContent();
      if (!versions.item(i).getParentNode().getNodeName().equals("configuration")) {
        assertThat(version).matches("\\d[\\w.-]*|\\$\\{[\\w.]+}").doesNotContain("LATEST");
      }
    }
    var plugins = pom.getElementsByTagName("plugin");
    var pinned = artifactIds(plugins, true);
    assertThat(pinned).containsAll(artifactIds(plugins, false)).contains("cyclonedx-maven-plugin");
  }

  private static List<String> artifactIds(org.w3c.dom.NodeList plugins, boolean withVersion) {
    return Stream.iterate(0, i -> i + 1)
        .limit(plugins.getLength())
        .map(i -> (Element) plugins.item(i))
        .filter(plugin -> !withVersion || hasVersion(plugin))
        .map(plugin -> plugin.getElementsByTagName("artifactId").item(0).getTextContent())
        .toList();
  }

  private static boolean hasVersion(Element plugin) {
    var children = plugin.getChildNodes();
    return Stream.iterate(0, i -> i + 1)
        .limit(children.getLength())
        .anyMatch(i -> children.item(i).getNodeName().equals("version"));
  }

  @Test
  void every_library_and_vendored_file_has_its_licence_in_the_third_party_list() throws Exception {
    String list = Files.readString(Path.of("THIRD-PARTY.md"));
    var factory = javax.xml.parsers.DocumentBuilderFactory.newDefaultInstance();
    var pom = factory.newDocumentBuilder().parse(Path.of("pom.xml").toFile());
    var dependencies = pom.getElementsByTagName("dependency");
    for (int i = 0; i < dependencies.getLength(); i++) {
      var dependency = (Element) dependencies.item(i);
      if (!dependency.getTextContent().matches("(?s).*\\b(test|provided|import)\\b.*")
          && dependency.getParentNode().getParentNode().getNodeName().equals("project")) {
        String group = dependency.getElementsByTagName("groupId").item(0).getTextContent();
        String name = dependency.getElementsByTagName("artifactId").item(0).getTextContent();
        assertThat(list).containsPattern("\\| `" + group + ":" + name + "` \\| [A-Z0-9]");
      }
    }
    try (var files = Files.list(VENDORED)) {
      files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".js"))
          .forEach(name -> assertThat(list).contains("`static/js/vendor/" + name + "`"));
    }
    assertThat(Files.readString(Path.of("Dockerfile"))).contains("COPY THIRD-PARTY.md ");
  }

  @Test
  void the_source_the_build_the_image_and_the_help_page_contain_the_licence() throws Exception {
    byte[] text = Files.readAllBytes(Path.of("LICENSE"));
    assertThat(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text)))
        .as("the text of the Apache License 2.0, unchanged")
        .isEqualTo("cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30");
    var factory = javax.xml.parsers.DocumentBuilderFactory.newDefaultInstance();
    var pom = factory.newDocumentBuilder().parse(Path.of("pom.xml").toFile());
    var licence = (Element) pom.getElementsByTagName("license").item(0);
    assertThat(licence.getElementsByTagName("name").item(0).getTextContent())
        .as("the SPDX id, which the list of libraries repeats for Keywheel itself")
        .isEqualTo("Apache-2.0");
    assertThat(Files.readString(Path.of("Dockerfile"))).contains("COPY LICENSE /app/LICENSE");
    assertThat(Files.readString(Path.of("README.md"))).contains("[Apache License 2.0](LICENSE)");
    assertThat(Files.readString(Path.of("src/main/jte/help/index.jte")))
        .contains("Keywheel is licensed under the Apache License 2.0.");
  }

  @Test
  void the_image_has_no_shell_no_root_and_a_list_of_its_libraries() throws IOException {
    String image = Files.readString(Path.of("Dockerfile"));
    var bases =
        Pattern.compile("(?m)^FROM (\\S+)").matcher(image).results().map(m -> m.group(1)).toList();
    assertThat(bases).hasSize(3);
    assertThat(bases.subList(0, 2)).allMatch(base -> base.matches(".+:\\d+\\.\\d+\\.\\d+[\\w.-]*"));
    assertThat(bases.getLast()).startsWith("gcr.io/distroless/").endsWith(":nonroot");
    String last = image.substring(image.lastIndexOf("\nFROM "));
    assertThat(last)
        .contains("\nUSER 65532", "/app/sbom.json", "\nHEALTHCHECK ", HealthProbe.class.getName())
        .doesNotContain("\nRUN ", "ADD ", "/bin/sh");
    String flags = "-XX:+UseSerialGC -Xmx512m -XX:+ExitOnOutOfMemoryError";
    assertThat(image).as("the cache is made with the flags of the service").contains(flags);
    assertThat(last.replaceAll("[\",\\\\\\s]+", " ")).contains(flags);
  }

  @Test
  void the_image_is_built_from_files_that_exist() throws IOException {
    String image = Files.readString(Path.of("Dockerfile"));
    var ignored = Files.readAllLines(Path.of(".dockerignore"));
    var copied = Pattern.compile("(?m)^COPY ([^-\\s]\\S*) \\S+$").matcher(image).results().toList();
    assertThat(copied).hasSizeGreaterThan(5);
    for (var copy : copied) {
      assertThat(Path.of(copy.group(1))).exists();
      assertThat(ignored).doesNotContain(copy.group(1).split("/")[0]);
    }
    String version = Files.readString(Path.of("pom.xml")).split("</?version>")[1];
    assertThat(image).contains("/build/target/keywheel-" + version + ".jar keywheel.jar");
    var stages = Pattern.compile("(?m)^FROM \\S+ AS (\\S+)").matcher(image).results();
    assertThat(stages.map(stage -> stage.group(1))).containsExactly("build", "cache");
  }

  @Test
  void the_build_of_the_image_needs_no_browser() throws IOException {
    var maven =
        Files.readAllLines(Path.of("Dockerfile")).stream()
            .filter(line -> line.startsWith("RUN mvn "))
            .toList();
    assertThat(maven).hasSize(1);
    var skips =
        Pattern.compile("<skip>\\$\\{(\\w+)}</skip>")
            .matcher(Files.readString(Path.of("pom.xml")))
            .results()
            .map(match -> match.group(1))
            .filter(name -> !name.equals("skipITs")) // has the value of skipTests
            .toList();
    assertThat(skips).contains("skipTests");
    assertThat(skips).allMatch(name -> maven.getFirst().contains(" -D" + name + " "));
  }

  @Test
  void every_variable_of_the_image_and_of_compose_is_documented() throws IOException {
    String files =
        Files.readString(Path.of("Dockerfile")) + Files.readString(Path.of("compose.yaml"));
    var names =
        Pattern.compile("\\b((?:KEYWHEEL|DATABASE)_[A-Z_]+)[:=]\\s*\\S")
            .matcher(files.replace("${KEYWHEEL_USER:-", ""))
            .results()
            .map(match -> match.group(1))
            .filter(name -> !name.equals("KEYWHEEL_USER")) // used only by compose.yaml
            .collect(Collectors.toSet());
    assertThat(names).hasSizeGreaterThan(6);
    String documentation =
        Files.readAllLines(Path.of("README.md")).stream()
            .filter(line -> line.startsWith("| `"))
            .collect(Collectors.joining("\n"));
    assertThat(names).allMatch(name -> documentation.contains("`" + name));
  }

  @Test
  void every_container_is_confined() throws IOException {
    String compose = Files.readString(Path.of("compose.yaml"));
    var services =
        Pattern.compile("(?m)^  (\\w+):\n((?:    .*\n|\n)+)")
            .matcher(compose)
            .results()
            .collect(Collectors.toMap(m -> m.group(1), (MatchResult m) -> m.group(2)));
    assertThat(services).containsOnlyKeys("keywheel", "database", "roles");
    assertThat(services.values())
        .allSatisfy(
            service ->
                assertThat(service)
                    .contains(
                        "read_only: true",
                        "cap_drop: [ALL]",
                        "no-new-privileges:true",
                        "tmpfs: ",
                        "mem_limit: ",
                        "cpus: ",
                        "pids_limit: "));
    assertThat(services.get("database"))
        .containsPattern("image: postgres:\\d+\\.\\d+-\\w+")
        .contains("\"pg_isready\", \"-h\", \"127.0.0.1\"");
    assertThat(services.get("keywheel"))
        .contains("KEYWHEEL_URL: ", "KEYWHEEL_AUDIT_ANCHOR: /anchor/", "./anchor:/anchor", "user: ")
        .contains("127.0.0.1:8080:8080");
    assertThat(services.get("keywheel"))
        .as("calls in flight get ten seconds, after which Docker would kill it")
        .contains("stop_grace_period: 30s");
  }

  @Test
  void the_health_check_of_the_image_queries_the_server() throws IOException {
    try (var app = WebApp.start(TestDatabase.create(), new TestClock(), parts -> List.of())) {
      int port = URI.create(app.url()).getPort();
      for (var host : List.of("0.0.0.0", "::", "", "127.0.0.1", "localhost")) {
        assertThat(healthy(host, port)).as(host).isTrue();
      }
      assertThat(healthy("127.0.0.2", port)).as("another address").isFalse();
      assertThat(RawHttp.exchange(app.url(), "GET /healthz HTTP/1.0\r\n\r\n").statuses())
          .containsExactly(200);
    }
    assertThat(healthy("0.0.0.0", 1)).as("no server").isFalse();
  }

  @Test
  void the_health_check_queries_the_host_of_the_server_and_treats_an_empty_port_as_unset()
      throws IOException {
    var server = HttpServer.create(new InetSocketAddress("127.0.0.2", 0), 0);
    server.createContext("/healthz", exchange -> exchange.sendResponseHeaders(200, -1));
    server.start();
    try {
      assertThat(healthy("127.0.0.2", server.getAddress().getPort())).isTrue();
    } finally {
      server.stop(0);
    }
    assertThat(HealthProbe.value(Map.of("PORT", " "), "PORT", "8080")).isEqualTo("8080");
  }

  private static boolean healthy(String host, int port) {
    return HealthProbe.healthy(Map.of("KEYWHEEL_HOST", host, "PORT", String.valueOf(port)));
  }
}
