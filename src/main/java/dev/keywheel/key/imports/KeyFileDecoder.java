package dev.keywheel.key.imports;

import dev.keywheel.problem.Rejected;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Decodes a file of keys as UTF-8, or refuses it with the reason. */
public final class KeyFileDecoder {
  /** The maximum size in bytes: enough for 20,000 lines of 400 characters. */
  public static final int MAX_BYTES = 10_000_000;

  /** First bytes of zip (also xlsx and odf), gzip, 7z, bzip2, xz, zstd, rar and old workbooks. */
  private static final List<String> ARCHIVES =
      List.of(
          "PK\3\4",
          "PK\5\6",
          "\u001f\u008b",
          "7z\u00bc\u00af",
          "BZh91AY&SY",
          "\u00fd7zXZ",
          "(\u00b5/\u00fd",
          "Rar!\u001a",
          "\u00d0\u00cf\u0011\u00e0");

  private static final String UTF_16 =
      "This text has NUL characters: it is UTF-16 or not text. Save it as UTF-8.";

  private KeyFileDecoder() {}

  /** Throws {@link Rejected} on the field {@code file} when it is not UTF-8 text of up to 10 MB. */
  public static String of(byte[] file) {
    if (file.length > MAX_BYTES) {
      throw new Rejected("file", "The file is larger than 10 MB. Nothing was imported; split it.");
    }
    if (ARCHIVES.stream().anyMatch(start -> begins(file, start))) {
      throw new Rejected(
          "file",
          "This is an archive or a workbook. Unpack it, or save the sheet as CSV, and choose the text"
              + " file.");
    }
    if (begins(file, "\u00ff\u00fe") || begins(file, "\u00fe\u00ff")) {
      throw new Rejected("file", UTF_16);
    }
    refuseNul("file", new String(file, StandardCharsets.ISO_8859_1));
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(file)).toString();
    } catch (CharacterCodingException e) {
      throw new Rejected(
          "file", "This file is not UTF-8 text. Save it as UTF-8, or paste the keys.");
    }
  }

  private static boolean begins(byte[] file, String start) {
    var bytes = start.getBytes(StandardCharsets.ISO_8859_1);
    return file.length >= bytes.length
        && Arrays.equals(file, 0, bytes.length, bytes, 0, bytes.length);
  }

  /**
   * Throws {@link Rejected} when the text contains NUL. If at least a tenth is NUL, it is UTF-16,
   * in which every second byte of English text is NUL. A smaller share means a damaged line.
   */
  static void refuseNul(String field, String text) {
    int at = text.indexOf('\0');
    if (at < 0) {
      return;
    }
    if (text.chars().filter(c -> c == 0).count() * 10 >= text.length()) {
      throw new Rejected(field, UTF_16);
    }
    int line = text.substring(0, at).split(KeyListParser.NEWLINE, -1).length;
    throw new Rejected(
        field,
        String.format(
            Locale.ROOT,
            "Line %,d has a NUL character, which no key has. Nothing was imported; remove it.",
            line));
  }
}
