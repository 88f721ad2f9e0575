package dev.keywheel;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/**
 * A test class that opens a database or a server in a static field must not be used by another test
 * class. If it were, the other class would open them, and they would be closed with the other class
 * whenever that one runs earlier in the same process.
 */
class StaticResourcesTest {
  @Test
  void no_test_class_opens_the_static_resources_of_another() throws Exception {
    var classes = classes();
    Set<String> owners =
        classes.stream()
            .map(StaticResourcesTest::name)
            .filter(StaticResourcesTest::opensResources)
            .collect(toSet());
    assertThat(owners).hasSizeGreaterThan(40);
    var uses = new TreeSet<String>();
    for (var user : classes) {
      for (String owner : used(user)) {
        if (owners.contains(owner) && !outermost(owner).equals(outermost(name(user)))) {
          uses.add(name(user) + " uses " + owner);
        }
      }
    }
    assertThat(uses).isEmpty();
  }

  private static List<ClassModel> classes() throws IOException, URISyntaxException {
    var folder = StaticResourcesTest.class.getProtectionDomain().getCodeSource().getLocation();
    try (var files = Files.walk(Path.of(folder.toURI()))) {
      return files
          .filter(file -> file.toString().endsWith(".class"))
          .map(StaticResourcesTest::parsed)
          .toList();
    }
  }

  private static ClassModel parsed(Path file) {
    try {
      return ClassFile.of().parse(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String name(ClassModel type) {
    return type.thisClass().asInternalName().replace('/', '.');
  }

  private static String outermost(String name) {
    return name.replaceFirst("\\$.*", "");
  }

  private static boolean opensResources(String name) {
    if (!outermost(name).matches(".*(Test|IT)")) {
      return false;
    }
    try {
      var type = Class.forName(name, false, StaticResourcesTest.class.getClassLoader());
      return Arrays.stream(type.getDeclaredFields())
          .filter(field -> Modifier.isStatic(field.getModifiers()))
          .filter(field -> Modifier.isFinal(field.getModifiers())) // opened with the class
          .anyMatch(field -> AutoCloseable.class.isAssignableFrom(field.getType()));
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The classes whose fields and methods this class uses; constants are copied by the compiler. */
  private static Set<String> used(ClassModel type) {
    return StreamSupport.stream(type.constantPool().spliterator(), false)
        .filter(MemberRefEntry.class::isInstance)
        .map(entry -> ((MemberRefEntry) entry).owner().asInternalName().replace('/', '.'))
        .collect(toSet());
  }
}
