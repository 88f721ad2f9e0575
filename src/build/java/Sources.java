import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;

/** The source files with their times and sizes, to find those changed since a build. */
class Sources {
  private Sources() {}

  static Map<String, String> state(Path folder, String ending) throws IOException {
    var state = new TreeMap<String, String>();
    try (var all = Files.walk(folder)) {
      for (Path file : all.filter(file -> file.toString().endsWith(ending)).toList()) {
        state.put(
            file.toString(), Files.getLastModifiedTime(file).toMillis() + " " + Files.size(file));
      }
    }
    return state;
  }

  /** Empty if nothing was built yet. */
  static Map<String, String> read(Path stamp) throws IOException {
    var state = new TreeMap<String, String>();
    if (Files.exists(stamp)) {
      for (String line : Files.readAllLines(stamp)) {
        var parts = line.split("\t", 2);
        state.put(parts[0], parts[1]);
      }
    }
    return state;
  }

  static void write(Path stamp, Map<String, String> state) throws IOException {
    var lines = state.entrySet().stream().map(file -> file.getKey() + "\t" + file.getValue());
    Files.write(stamp, lines.toList());
  }

  static void deleteTree(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (var all = Files.walk(folder)) {
        for (Path file : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }
}
