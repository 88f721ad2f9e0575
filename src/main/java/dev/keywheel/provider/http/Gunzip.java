package dev.keywheel.provider.http;

import dev.keywheel.provider.http.Observation.End;
import dev.keywheel.provider.http.Observation.Reply;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** Decompresses an answer piece by piece: some proxies compress every answer. */
public final class Gunzip implements AutoCloseable {
  private static final int PIECE = 16 << 10;
  private static final int FIXED_HEAD = 10;
  private static final int LARGEST_HEAD = 64 << 10;
  private static final int TRAILER = 8;
  private static final int CHECKSUM = 2;
  private static final int EXTRA = 4;
  private static final int NAME = 8;
  private static final int COMMENT = 16;
  private static final int DEFLATED = 8;

  private final Inflater inflater = new Inflater(true);
  private final CRC32 checksum = new CRC32();
  private final byte[] piece = new byte[PIECE];
  private byte[] packed = new byte[0];
  private int at;
  private Part part = Part.HEAD;
  private boolean first = true;

  /** The parts of a gzip member; an answer may consist of several members. */
  private enum Part {
    HEAD,
    DATA,
    TRAILER,
    /** Bytes after the last member, which are ignored, as in other gzip programs. */
    REST
  }

  /** Whether an answer with these headers was compressed with gzip after any other encoding. */
  public static boolean isPacked(Map<String, String> headers) {
    return ContentCodings.of(headers).endWithGzip();
  }

  /** The headers of the decompressed answer, whose body may have another encoding. */
  public static Map<String, String> unpacked(Map<String, String> headers) {
    var unpacked = new TreeMap<>(headers);
    unpacked.remove("content-length");
    unpacked.remove(ContentCodings.HEADER);
    ContentCodings left = ContentCodings.of(headers).withoutLast();
    if (!left.applied().isEmpty()) {
      unpacked.put(ContentCodings.HEADER, left.header());
    }
    return unpacked;
  }

  /**
   * The reply with its body decompressed, up to the first damaged byte or the limit.
   *
   * @param limit maximum size of the decompressed body in bytes
   */
  static Reply unpacked(Reply reply, int limit) {
    var body = new ByteArrayOutputStream();
    End end = reply.end();
    try (var gunzip = new Gunzip()) {
      gunzip.add(List.of(ByteBuffer.wrap(reply.body())));
      ByteBuffer next = gunzip.next();
      while (next.hasRemaining() && body.size() < limit) {
        var part = new byte[Math.min(next.remaining(), limit - body.size())];
        next.get(part);
        body.writeBytes(part);
        next = next.hasRemaining() ? next : gunzip.next();
      }
      if (next.hasRemaining()) {
        end = End.TOO_BIG;
      } else if (!gunzip.complete()) {
        end = end == End.WHOLE ? End.CUT : end;
      }
    } catch (IOException broken) {
      end = end == End.WHOLE ? End.CUT : end;
    }
    return new Reply(reply.status(), reply.headers(), body.toByteArray(), end);
  }

  /** Adds compressed bytes. Allowed only after {@link #next} has returned an empty buffer. */
  public void add(List<ByteBuffer> parts) {
    int left = packed.length - at;
    var more = new byte[left + parts.stream().mapToInt(ByteBuffer::remaining).sum()];
    System.arraycopy(packed, at, more, 0, left);
    int to = left;
    for (ByteBuffer next : parts) {
      int length = next.remaining();
      next.get(more, to, length);
      to += length;
    }
    packed = more;
    at = 0;
    if (part == Part.DATA) {
      feedInflater();
    }
  }

  /** Decompressed bytes, valid until the next call; empty when more input is needed. */
  public ByteBuffer next() throws IOException {
    int length = 0;
    boolean continues = true;
    while (length == 0 && continues) {
      switch (part) {
        case HEAD -> continues = readHead();
        case DATA -> {
          length = inflate();
          continues = part == Part.TRAILER;
        }
        case TRAILER -> continues = readTrailer();
        case REST -> {
          at = packed.length;
          continues = false;
        }
      }
    }
    return ByteBuffer.wrap(piece, 0, length);
  }

  private boolean readHead() throws IOException {
    if (!first && at < packed.length && packed[at] != 0x1f) {
      part = Part.REST;
      return true;
    }
    int end = endOfHead();
    if (end < 0) {
      return false;
    }
    at = end;
    part = Part.DATA;
    first = false;
    feedInflater();
    return true;
  }

  private void feedInflater() {
    inflater.setInput(packed, at, packed.length - at);
    at = packed.length;
  }

  private int inflate() throws IOException {
    try {
      int length = inflater.inflate(piece);
      checksum.update(piece, 0, length);
      if (inflater.needsDictionary()) {
        throw new IOException("the answer is not valid gzip");
      }
      if (length == 0 && inflater.finished()) {
        at = packed.length - inflater.getRemaining();
        part = Part.TRAILER;
      }
      return length;
    } catch (DataFormatException wrong) {
      throw new IOException("the answer is not valid gzip", wrong);
    }
  }

  private boolean readTrailer() throws IOException {
    if (packed.length - at < TRAILER) {
      return false;
    }
    ByteBuffer trailer = ByteBuffer.wrap(packed, at, TRAILER).order(ByteOrder.LITTLE_ENDIAN);
    if (trailer.getInt() != (int) checksum.getValue()
        || trailer.getInt() != (int) inflater.getBytesWritten()) {
      throw new IOException("the compressed answer is damaged");
    }
    at += TRAILER;
    inflater.reset();
    checksum.reset();
    part = Part.HEAD;
    return true;
  }

  /** Whether the compressed answer is complete; an empty answer is complete. */
  public boolean complete() {
    return at == packed.length && (part == Part.HEAD || part == Part.REST);
  }

  @Override
  public void close() {
    inflater.end();
  }

  /** End of the gzip header (RFC 1952) that begins at {@code at}; -1 until all was received. */
  private int endOfHead() throws IOException {
    int left = packed.length - at;
    if (left < FIXED_HEAD) {
      return -1;
    }
    if ((packed[at] & 0xff) != 0x1f
        || (packed[at + 1] & 0xff) != 0x8b
        || packed[at + 2] != DEFLATED) {
      throw new IOException("the answer is not valid gzip");
    }
    int flags = packed[at + 3];
    int end = at + FIXED_HEAD;
    if ((flags & EXTRA) != 0) {
      if (packed.length < end + 2) {
        return -1;
      }
      end += 2 + (packed[end] & 0xff) + ((packed[end + 1] & 0xff) << 8);
    }
    end = (flags & NAME) == 0 ? end : afterZero(end);
    end = (flags & COMMENT) == 0 ? end : afterZero(end);
    end += (flags & CHECKSUM) == 0 ? 0 : 2;
    if (end <= packed.length) {
      return end;
    }
    if (left > LARGEST_HEAD) {
      throw new IOException("the answer is not valid gzip");
    }
    return -1;
  }

  private int afterZero(int from) {
    for (int end = from; end < packed.length; end++) {
      if (packed[end] == 0) {
        return end + 1;
      }
    }
    return Math.max(from, packed.length) + 1;
  }
}
