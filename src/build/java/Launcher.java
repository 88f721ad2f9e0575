import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;

/**
 * Starts Keywheel from folders in a separate class loader, for the recording of {@code
 * StartCache}: the JVM records no cache while a folder is on the class path.
 */
public class Launcher {
  public static void main(String[] folders) throws Exception {
    var urls = new URL[folders.length];
    for (int i = 0; i < folders.length; i++) {
      urls[i] = Path.of(folders[i]).toUri().toURL();
    }
    var loader = new URLClassLoader(urls, Launcher.class.getClassLoader());
    Thread.currentThread().setContextClassLoader(loader);
    loader
        .loadClass("dev.keywheel.Main")
        .getMethod("main", String[].class)
        .invoke(null, (Object) new String[0]);
  }
}
