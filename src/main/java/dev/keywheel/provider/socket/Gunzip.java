package dev.keywheel.provider.socket;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** Unpacks an answer piece by piece: some proxies pack all of them, asked or not. */
final class Gunzip implements AutoCloseable {
  private static final int PIECE = 16 << 10;
  private static final int FIXED_HEAD = 10;
  private static final int LARGEST_HEAD = 64 << 10;
  private static final int CHECKSUM = 2;
  private static final int EXTRA = 4;
  private static final int NAME = 8;
  private static final int COMMENT = 16;
  private static final int DEFLATED = 8;

  private final Inflater inflater = new Inflater(true);
  private final ByteArrayOutputStream head = new ByteArrayOutputStream();
  private final byte[] piece = new byte[PIECE];
  private boolean begun;

  /** Takes more of the answer, once what came before is unpacked. */
  void add(List<ByteBuffer> parts) throws IOException {
    for (ByteBuffer part : parts) {
      var bytes = new byte[part.remaining()];
      part.get(bytes);
      head.writeBytes(bytes);
    }
    byte[] bytes = head.toByteArray();
    int from = begun ? 0 : headLength(bytes);
    if (from < 0) {
      return;
    }
    begun = true;
    head.reset();
    inflater.setInput(bytes, from, bytes.length - from);
  }

  /** Unpacked bytes, valid until the next call; empty when more of the answer is needed. */
  ByteBuffer next() throws IOException {
    try {
      int length = begun && !inflater.finished() ? inflater.inflate(piece) : 0;
      if (inflater.needsDictionary()) {
        throw new IOException("not gzip");
      }
      return ByteBuffer.wrap(piece, 0, length);
    } catch (DataFormatException wrong) {
      throw new IOException("not gzip", wrong);
    }
  }

  /** Whether the packed answer came to its end; an empty answer is one. */
  boolean complete() {
    return inflater.finished() || (!begun && head.size() == 0);
  }

  @Override
  public void close() {
    inflater.end();
  }

  /** Length of the head of the format (RFC 1952); -1 before all of it has come. */
  private static int headLength(byte[] bytes) throws IOException {
    if (bytes.length < FIXED_HEAD) {
      return -1;
    }
    if ((bytes[0] & 0xff) != 0x1f || (bytes[1] & 0xff) != 0x8b || bytes[2] != DEFLATED) {
      throw new IOException("not gzip");
    }
    int flags = bytes[3];
    int at = FIXED_HEAD;
    if ((flags & EXTRA) != 0) {
      if (bytes.length < at + 2) {
        return -1;
      }
      at += 2 + (bytes[at] & 0xff) + ((bytes[at + 1] & 0xff) << 8);
    }
    at = (flags & NAME) == 0 ? at : afterZero(bytes, at);
    at = (flags & COMMENT) == 0 ? at : afterZero(bytes, at);
    at += (flags & CHECKSUM) == 0 ? 0 : 2;
    if (at <= bytes.length) {
      return at;
    }
    if (bytes.length > LARGEST_HEAD) {
      throw new IOException("not gzip");
    }
    return -1;
  }

  private static int afterZero(byte[] bytes, int from) {
    for (int at = from; at < bytes.length; at++) {
      if (bytes[at] == 0) {
        return at + 1;
      }
    }
    return Math.max(from, bytes.length) + 1;
  }
}
