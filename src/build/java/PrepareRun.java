import java.io.File;
import java.io.IOException;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.reflect.AccessFlag;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Compiles what {@code mvn} runs, without the checks of {@code mvn verify}: only changed files and,
 * if their declarations changed, the classes that refer to them. Writes the arguments for the Java
 * process, which use the {@link StartCache}, to {@code target/run/java.args}.
 */
class PrepareRun {
  private static final Path RUN = Path.of("target", "run");
  private static final Path CLASSES = RUN.resolve("classes");
  private static final Path STAMP = RUN.resolve("sources.stamp");
  private static final Path GENERATED = Path.of("target", "generated-sources", "jte");
  private static final List<Path> ROOTS =
      List.of(Path.of("src", "main", "java"), Path.of("src", "main", "jooq"), GENERATED);
  private static final String CONSTANT = " = ";

  private final String libraries;

  private PrepareRun(String libraries) {
    this.libraries = libraries;
  }

  public static void main(String[] args) throws IOException {
    Files.createDirectories(CLASSES);
    Templates.generate(Path.of("src", "main", "jte"), GENERATED);
    // Maven's own output folder comes first; it contains the classes of the last verification.
    var entries = System.getProperty("java.class.path").split(File.pathSeparator);
    var libraries =
        Stream.of(entries)
            .filter(entry -> entry.endsWith(".jar"))
            .collect(Collectors.joining(File.pathSeparator));
    new PrepareRun(libraries).compile();
    writeArguments(libraries);
  }

  private void compile() throws IOException {
    var now = new TreeMap<String, String>();
    for (var root : ROOTS) {
      now.putAll(Sources.state(root, ".java"));
    }
    now.put("libraries", Integer.toString(libraries.hashCode()));
    var before = Sources.read(STAMP);
    if (now.equals(before)) {
      return;
    }
    // A failed build leaves no stamp, so that the next one compiles everything.
    Files.deleteIfExists(STAMP);
    var changed = new TreeSet<String>();
    now.forEach(
        (file, state) -> {
          if (!state.equals(before.get(file))) {
            changed.add(file);
          }
        });
    if (before.isEmpty()
        || changed.contains("libraries")
        || !now.keySet().containsAll(before.keySet())
        || !compileChanged(changed)) {
      Sources.deleteTree(CLASSES);
      javac(now.keySet().stream().filter(file -> file.endsWith(".java")).toList());
    }
    Sources.write(STAMP, now);
  }

  /** False if everything must be compiled, because a constant changed, which other classes copy. */
  private boolean compileChanged(Set<String> changed) throws IOException {
    var types = changed.stream().map(PrepareRun::typeName).collect(Collectors.toSet());
    var before = declarations(types);
    javac(changed);
    var after = declarations(types);
    var different = new HashSet<String>();
    for (var type : types) {
      if (!after.getOrDefault(type, Set.of()).equals(before.getOrDefault(type, Set.of()))) {
        different.add(type);
        if (before.getOrDefault(type, Set.of()).stream()
            .anyMatch(d -> d.contains(CONSTANT) && !after.getOrDefault(type, Set.of()).contains(d))) {
          return false;
        }
      }
    }
    var dependents = new TreeSet<>(referringTo(different));
    dependents.removeAll(changed);
    if (!dependents.isEmpty()) {
      javac(dependents);
    }
    return true;
  }

  /** The declarations of each type that other classes can see, including nested types. */
  private static Map<String, Set<String>> declarations(Set<String> types) throws IOException {
    var declared = new HashMap<String, Set<String>>();
    for (Path file : classFiles()) {
      var type = typeOf(file);
      if (types.contains(type)) {
        declared.computeIfAbsent(type, t -> new TreeSet<>()).addAll(declarations(file));
      }
    }
    return declared;
  }

  /** Ignores generic signatures, because compiled code does not depend on them. */
  private static List<String> declarations(Path file) throws IOException {
    ClassModel model = ClassFile.of().parse(file);
    var all = new ArrayList<String>();
    var name = model.thisClass().asInternalName();
    all.add(
        name
            + " "
            + model.flags().flagsMask()
            + names(model.superclass().stream())
            + names(model.interfaces().stream()));
    model
        .findAttribute(Attributes.permittedSubclasses())
        .ifPresent(permits -> all.add(name + names(permits.permittedSubclasses().stream())));
    for (var field : model.fields()) {
      if (!field.flags().has(AccessFlag.PRIVATE)) {
        var type = field.fieldType().stringValue();
        var value =
            field
                .findAttribute(Attributes.constantValue())
                .map(constant -> CONSTANT + constant.constant().constantValue())
                .orElse("");
        all.add(name + "." + field.fieldName().stringValue() + field.flags().flagsMask() + type + value);
      }
    }
    for (var method : model.methods()) {
      if (!method.flags().has(AccessFlag.PRIVATE)) {
        var type = method.methodType().stringValue();
        all.add(name + "." + method.methodName().stringValue() + method.flags().flagsMask() + type);
      }
    }
    return all;
  }

  private static String names(Stream<ClassEntry> types) {
    return types.map(ClassEntry::asInternalName).collect(Collectors.joining(",", " ", ""));
  }

  /** Source files whose classes name one of these types. */
  private static Set<String> referringTo(Set<String> types) throws IOException {
    var referring = new HashSet<String>();
    for (Path file : types.isEmpty() ? List.<Path>of() : classFiles()) {
      var bytes = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
      if (types.stream().anyMatch(bytes::contains)) {
        ROOTS.stream()
            .map(root -> root.resolve(typeOf(file) + ".java"))
            .filter(Files::exists)
            .forEach(source -> referring.add(source.toString()));
      }
    }
    return referring;
  }

  private static List<Path> classFiles() throws IOException {
    try (var all = Files.walk(CLASSES)) {
      return all.filter(file -> file.toString().endsWith(".class")).toList();
    }
  }

  /** The type {@code dev/keywheel/key/KeyPool} of its class file or of that of a nested class. */
  private static String typeOf(Path classFile) {
    var name = slashes(CLASSES.relativize(classFile)).replaceFirst("\\.class$", "");
    int nested = name.indexOf('$', name.lastIndexOf('/') + 2);
    return nested < 0 ? name : name.substring(0, nested);
  }

  private static String typeName(String source) {
    var root = ROOTS.stream().filter(Path.of(source)::startsWith).findFirst().orElseThrow();
    return slashes(root.relativize(Path.of(source))).replaceFirst("\\.java$", "");
  }

  private static String slashes(Path path) {
    return path.toString().replace('\\', '/');
  }

  private void javac(Collection<String> files) {
    var arguments = new ArrayList<String>();
    arguments.addAll(List.of("-nowarn", "-proc:none", "-parameters", "-g", "-Xlint:none", "-XDignore.symbol.file", "-implicit:none"));
    arguments.addAll(List.of("-d", CLASSES.toString()));
    arguments.addAll(List.of("-cp", CLASSES + File.pathSeparator + libraries));
    arguments.addAll(files);
    System.out.println("Compiling " + files.size() + (files.size() == 1 ? " file" : " files"));
    var javac = ToolProvider.findFirst("javac").orElseThrow();
    if (javac.run(System.out, System.err, arguments.toArray(String[]::new)) != 0) {
      System.exit(1);
    }
  }

  private static void writeArguments(String libraries) throws IOException {
    var options =
        List.of(
            "-Xmx512m", "-XX:+ExitOnOutOfMemoryError", "--enable-native-access=ALL-UNNAMED");
    // The folder itself is on the class path, because it contains db/migration and static.
    var folders = List.of(CLASSES.toString(), Path.of("src", "main", "resources").toString(), ".");
    var cache = new StartCache(libraries);
    cache.update(options, folders);
    var arguments = new ArrayList<>(options);
    arguments.addAll(cache.options());
    arguments.add("-Dkeywheel.dev=true");
    arguments.add("-classpath");
    arguments.add(
        StartCache.quoted(cache.jars() + File.pathSeparator + String.join(File.pathSeparator, folders)));
    arguments.add("dev.keywheel.Main");
    Files.write(RUN.resolve("java.args"), arguments);
  }
}
