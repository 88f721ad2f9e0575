package dev.keywheel.key;

import dev.keywheel.problem.Refused;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** A file of keys as text, or a sentence that says what it is instead. */
public final class KeyText {
  public static final int LARGEST = 2_000_000;

  private KeyText() {}

  /** Throws {@link Refused} on the field {@code file} when it is not UTF-8 text of up to 2 MB. */
  public static String of(byte[] file) {
    if (file.length > LARGEST) {
      throw new Refused("file", "The file is larger than 2 MB. Nothing was imported; split it.");
    }
    if (begins(file, 'P', 'K') || begins(file, 0x1f, 0x8b) || begins(file, '7', 'z')) {
      throw new Refused("file", "This is an archive. Unpack it and choose the text file inside.");
    }
    if (begins(file, 0xff, 0xfe) || begins(file, 0xfe, 0xff)) {
      throw new Refused("file", "This file is UTF-16. Save it as UTF-8 and choose it again.");
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(file)).toString();
    } catch (CharacterCodingException e) {
      throw new Refused(
          "file", "This file is not UTF-8 text. Save it as UTF-8, or paste the keys.");
    }
  }

  private static boolean begins(byte[] file, int first, int second) {
    return file.length >= 2 && (file[0] & 0xff) == first && (file[1] & 0xff) == second;
  }
}
