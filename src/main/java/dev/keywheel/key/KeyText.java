package dev.keywheel.key;

import dev.keywheel.problem.Refused;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** A file of keys as text, or a sentence that says what it is instead. */
public final class KeyText {
  /** In bytes: twenty thousand lines of 400 characters, and some. */
  public static final int LARGEST = 10_000_000;

  /** How zip (xlsx and odf are), gzip, 7z, bzip2, xz, zstd, rar and the old workbooks begin. */
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

  private KeyText() {}

  /** Throws {@link Refused} on the field {@code file} when it is not UTF-8 text of up to 10 MB. */
  public static String of(byte[] file) {
    if (file.length > LARGEST) {
      throw new Refused("file", "The file is larger than 10 MB. Nothing was imported; split it.");
    }
    if (ARCHIVES.stream().anyMatch(start -> begins(file, start))) {
      throw new Refused(
          "file",
          "This is an archive or a workbook. Unpack it, or save the sheet as CSV, and choose the text"
              + " file.");
    }
    if (begins(file, "\u00ff\u00fe") || begins(file, "\u00fe\u00ff") || hasNul(file)) {
      throw new Refused(
          "file",
          "This file has NUL characters: it is UTF-16 or no text at all. Save it as UTF-8 and choose it"
              + " again.");
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(file)).toString();
    } catch (CharacterCodingException e) {
      throw new Refused(
          "file", "This file is not UTF-8 text. Save it as UTF-8, or paste the keys.");
    }
  }

  private static boolean begins(byte[] file, String start) {
    var bytes = start.getBytes(StandardCharsets.ISO_8859_1);
    return file.length >= bytes.length
        && Arrays.equals(file, 0, bytes.length, bytes, 0, bytes.length);
  }

  /** Every second byte of English text in UTF-16 is one. */
  private static boolean hasNul(byte[] file) {
    for (byte one : file) {
      if (one == 0) {
        return true;
      }
    }
    return false;
  }
}
