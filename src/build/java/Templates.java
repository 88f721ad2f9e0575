import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.resolve.DirectoryCodeResolver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * Generates the Java code of the templates, but only after a template changed, and writes only
 * files that differ, so that unchanged ones need not be compiled again.
 */
class Templates {
  private static final String PACKAGE = "gg.jte.generated.precompiled";
  private static final String NULL_UNMARKED = "@org.jspecify.annotations.NullUnmarked";

  public static void main(String[] args) throws IOException {
    generate(Path.of(args[0]), Path.of(args[1]));
  }

  static void generate(Path source, Path target) throws IOException {
    var stamp = target.resolveSibling(target.getFileName() + ".stamp");
    var now = Sources.state(source, ".jte");
    if (Files.exists(target) && now.equals(Sources.read(stamp))) {
      return;
    }
    var fresh = target.resolveSibling(target.getFileName() + ".new");
    var engine =
        TemplateEngine.create(
            new DirectoryCodeResolver(source), fresh, ContentType.Html, null, PACKAGE);
    engine.setTrimControlStructures(true);
    engine.setExtensions(
        Map.of(
            "gg.jte.models.generator.ModelExtension",
            Map.of(
                "interfaceAnnotation", NULL_UNMARKED, "implementationAnnotation", NULL_UNMARKED)));
    engine.cleanAll();
    engine.generateAll();
    replace(files(fresh), files(target), target);
    Sources.deleteTree(fresh);
    Sources.write(stamp, now);
  }

  private static void replace(Map<String, Path> fresh, Map<String, Path> old, Path target)
      throws IOException {
    for (var file : fresh.entrySet()) {
      var before = old.remove(file.getKey());
      if (before == null || Files.mismatch(file.getValue(), before) >= 0) {
        var to = target.resolve(file.getKey());
        Files.createDirectories(to.getParent());
        Files.writeString(to, Files.readString(file.getValue()));
      }
    }
    for (var gone : old.values()) {
      Files.delete(gone);
    }
  }

  private static Map<String, Path> files(Path folder) throws IOException {
    var files = new TreeMap<String, Path>();
    if (Files.exists(folder)) {
      try (var all = Files.walk(folder)) {
        all.filter(Files::isRegularFile)
            .forEach(file -> files.put(folder.relativize(file).toString(), file));
      }
    }
    return files;
  }
}
