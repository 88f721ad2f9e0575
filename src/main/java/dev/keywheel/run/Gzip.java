package dev.keywheel.run;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/** Compresses raw replies for the attempts table. */
public final class Gzip {
  private Gzip() {}

  /** Null for an empty reply. */
  static byte @Nullable [] compress(byte[] raw) {
    if (raw.length == 0) {
      return null;
    }
    var packed = new ByteArrayOutputStream(raw.length / 4 + 64);
    try (var gzip = new GZIPOutputStream(packed)) {
      gzip.write(raw);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return packed.toByteArray();
  }

  /** Reverses {@link #compress}. */
  public static byte[] expand(byte[] packed) {
    try (var gzip = new GZIPInputStream(new ByteArrayInputStream(packed))) {
      return gzip.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
