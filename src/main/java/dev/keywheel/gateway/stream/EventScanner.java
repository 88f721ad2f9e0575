package dev.keywheel.gateway.stream;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Splits a stream into blocks, each of which ends with a blank line. {@code \n}, {@code \r\n} and
 * {@code \r} end lines, also across the boundaries of reads. All bytes are kept, except a byte
 * order mark at the beginning, which many clients do not expect.
 */
final class EventScanner {
  private static final int FIRST_SIZE = 1_024;
  private static final int MAX_REUSED_BYTES = 64 << 10;

  /** The byte order mark in UTF-8. */
  private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

  private final int maxBytes;
  private byte[] open = new byte[FIRST_SIZE];
  private int length;
  private boolean lineIsEmpty = true;
  private boolean afterReturn;
  private boolean first = true;

  /**
   * @param maxBytes maximum bytes of a block
   */
  EventScanner(int maxBytes) {
    this.maxBytes = maxBytes;
  }

  static final class TooLarge extends Exception {
    private static final long serialVersionUID = 1;

    TooLarge() {
      super("an event is too large", null, false, false);
    }
  }

  /** The blocks that end in these bytes. */
  List<EventBlock> feed(ByteBuffer bytes) throws TooLarge {
    var blocks = new ArrayList<EventBlock>();
    while (bytes.hasRemaining()) {
      byte next = bytes.get();
      append(next);
      boolean second = next == '\n' && afterReturn; // the second character of \r\n
      afterReturn = next == '\r';
      if (second && length > 1) {
        continue;
      }
      if (next != '\n' && next != '\r') {
        lineIsEmpty = false;
      } else if (lineIsEmpty) {
        if (next == '\r' && bytes.hasRemaining() && bytes.get(bytes.position()) == '\n') {
          append(bytes.get());
          afterReturn = false;
        }
        blocks.add(EventBlock.of(takeBlock()));
      } else {
        lineIsEmpty = true;
      }
    }
    return blocks;
  }

  /** The bytes after the last blank line, as a block; empty if there are none. */
  Optional<EventBlock> rest() {
    return length == 0 ? Optional.empty() : Optional.of(EventBlock.of(takeBlock()));
  }

  /** Bytes in memory for the block that has begun: its buffer, and a copy of the bytes in it. */
  int size() {
    return open.length + length;
  }

  private void append(byte next) throws TooLarge {
    if (length == open.length) {
      if (length >= maxBytes) {
        throw new TooLarge();
      }
      open = Arrays.copyOf(open, 2 * length);
    }
    open[length++] = next;
  }

  private static boolean hasByteOrderMark(byte[] block) {
    return block.length >= BYTE_ORDER_MARK.length
        && Arrays.equals(
            block, 0, BYTE_ORDER_MARK.length, BYTE_ORDER_MARK, 0, BYTE_ORDER_MARK.length);
  }

  private byte[] takeBlock() {
    byte[] block = length == open.length ? open : Arrays.copyOf(open, length);
    if (block == open || open.length > MAX_REUSED_BYTES) {
      open = new byte[FIRST_SIZE];
    }
    length = 0;
    lineIsEmpty = true;
    boolean marked = first && hasByteOrderMark(block);
    first = false;
    return marked ? Arrays.copyOfRange(block, BYTE_ORDER_MARK.length, block.length) : block;
  }
}
