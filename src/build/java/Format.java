import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.ImportOrderer;
import com.google.googlejavaformat.java.JavaFormatterOptions;
import com.google.googlejavaformat.java.RemoveUnusedImports;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Formats every Java file below a folder, or with "check" lists unformatted ones and fails. */
class Format {
  public static void main(String[] args) throws Exception {
    boolean apply = args[0].equals("apply");
    List<Path> unformatted;
    try (var files = Files.walk(Path.of(args[1]).toAbsolutePath().normalize())) {
      unformatted = files.filter(Format::ours).toList().parallelStream().filter(file -> formatOrCheck(file, apply)).sorted().toList();
    }
    unformatted.forEach(file -> System.out.println((apply ? "formatted " : "not formatted: ") + file));
    if (!apply && !unformatted.isEmpty()) {
      System.out.println("Run: mvn -Dformat test-compile exec:exec@format");
      System.exit(1);
    }
  }

  /** Returns whether the file was not formatted; formats it if {@code apply}. */
  private static boolean formatOrCheck(Path file, boolean apply) {
    try {
      var source = Files.readString(file);
      var formatted = formatted(new Formatter(), source);
      if (formatted.equals(source)) {
        return false;
      }
      if (apply) {
        Files.writeString(file, formatted);
      }
      return true;
    } catch (Exception e) {
      throw new IllegalStateException(file.toString(), e);
    }
  }

  private static boolean ours(Path file) {
    return file.toString().endsWith(".java")
        && !file.toString().contains("/src/main/jooq/")
        && !file.toString().contains("/src/build/");
  }

  private static String formatted(Formatter formatter, String source) throws Exception {
    var ordered = ImportOrderer.reorderImports(RemoveUnusedImports.removeUnusedImports(source), JavaFormatterOptions.Style.GOOGLE);
    return formatter.formatSource(ordered);
  }
}
