package dev.keywheel.gateway.stream;

import dev.keywheel.gateway.stream.EventBlock.Kind;
import dev.keywheel.gateway.stream.EventScanner.TooLarge;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Decides which bytes of the provider's stream the client gets. No event is passed on before the
 * first event with content, so that another key can still serve the request. Afterwards everything
 * that the client asked for is passed on unchanged, and a failure becomes an event of the client's
 * protocol.
 */
public final class StreamFilter {
  /** Maximum bytes of an event. An event with a large image has about ten million. */
  private static final int MAX_EVENT_BYTES = 16 << 20;

  /**
   * Limit of the bytes kept before the first content. At the limit, an event that precedes the
   * answer is passed on with everything kept, and any other block is dropped.
   */
  private static final int MAX_HELD_BYTES = 64 << 10;

  private static final byte[] ERROR_NAME = "event: error\n".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] ERROR_NAME_LAST =
      "\nevent: error\n\n".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] BLANK_LINE = "\n\n".getBytes(StandardCharsets.US_ASCII);

  /** Bytes for the client. A single block is not copied. */
  private static final class Output {
    private final List<byte[]> blocks = new ArrayList<>();

    void writeBytes(byte[] block) {
      blocks.add(block);
    }

    byte[] toByteArray() {
      if (blocks.size() == 1) {
        return blocks.getFirst();
      }
      var joined = ByteBuffer.allocate(blocks.stream().mapToInt(block -> block.length).sum());
      blocks.forEach(joined::put);
      return joined.array();
    }
  }

  private final StreamProtocol protocol;
  private final EventScanner scanner = new EventScanner(MAX_EVENT_BYTES);
  private final ByteArrayOutputStream held = new ByteArrayOutputStream();
  private boolean committed;
  private boolean flowing;
  private boolean content;
  private boolean answering;
  private boolean closed;

  /**
   * @param committed whether the client has its status and headers already: comments are then
   *     passed on
   */
  public StreamFilter(StreamProtocol protocol, boolean committed) {
    this.protocol = protocol;
    this.committed = committed;
  }

  /** The next step of the relay after some bytes of the stream, or at its end. */
  public sealed interface Step {}

  /** No event with content so far. The bytes are comments, empty unless the stream is committed. */
  public record Waiting(byte[] bytes) implements Step {}

  /**
   * Bytes for the client, from the first content on.
   *
   * @param content whether an event with content is among them
   */
  public record Pass(byte[] bytes, boolean content) implements Step {}

  /**
   * The provider sent an error.
   *
   * @param before the bytes before the error, which are passed on
   * @param event the error as an event, for a client that has received content
   * @param after what the gateway adds after that event; may be empty
   * @param body the error as the body of an answer that is not a stream
   * @param first whether no content was sent to the client, so that another key may take over
   */
  public record Failed(byte[] before, byte[] event, byte[] after, byte[] body, boolean first)
      implements Step {

    /** Adds a blank line to the event, because clients drop an event without one. */
    private Failed withBlankLine() {
      return new Failed(before, joined(event, BLANK_LINE), after, body, first);
    }
  }

  /** An event of the stream is too large. */
  public record Broken() implements Step {}

  /**
   * The end of the provider's stream.
   *
   * @param complete false when the provider stopped before the end of the answer
   * @param empty whether no event with content was passed on
   */
  public record Ended(byte[] bytes, boolean complete, boolean empty) implements Step {}

  /** Marks the stream as committed: comments are passed on. */
  public void commit() {
    committed = true;
  }

  /** Whether events are passed on: an event had content, or those before it were too large. */
  public boolean flowing() {
    return flowing;
  }

  /** Whether an event had content. */
  public boolean answering() {
    return answering;
  }

  /** Bytes in memory for the incomplete event and for blocks that wait for content. */
  public int size() {
    return scanner.size() + held.size();
  }

  public Step accept(ByteBuffer bytes) {
    var out = new Output();
    content = false;
    try {
      for (EventBlock block : scanner.feed(bytes)) {
        Optional<Step> failed = accept(block, out);
        if (failed.isPresent()) {
          return failed.get();
        }
      }
    } catch (TooLarge tooLarge) {
      return new Broken();
    }
    return flowing ? new Pass(out.toByteArray(), content) : new Waiting(out.toByteArray());
  }

  /**
   * Ends the stream. A last event without a blank line is passed on if it is complete and either
   * completes the answer or follows its end.
   */
  public Step end() {
    var out = new Output();
    @Nullable EventBlock rest = closed ? null : scanner.rest().orElse(null);
    boolean half = rest != null && !rest.readable();
    if (rest != null && rest.kind() == Kind.DATA && (flowing || !half)) {
      boolean before = protocol.finished();
      boolean flowed = flowing;
      if (accept(rest, out).orElse(null) instanceof Failed failed) {
        return failed.withBlankLine();
      }
      if (half || (!protocol.complete() && !before)) {
        out = new Output();
        flowing = flowed;
      }
    }
    return new Ended(out.toByteArray(), protocol.complete(), !flowing);
  }

  /** The last events of a stream that the gateway ends. */
  public byte[] failure(ErrorEvent error) {
    return protocol.failure(error);
  }

  private Optional<Step> accept(EventBlock block, Output out) {
    switch (block.kind()) {
      case COMMENT -> {
        if (flowing || committed) {
          out.writeBytes(block.bytes());
        }
      }
      case OTHER -> pass(block, out);
      case DATA -> {
        return data(block, out);
      }
    }
    return Optional.empty();
  }

  private Optional<Step> data(EventBlock block, Output out) {
    switch (protocol.readKind(block)) {
      case CONTENT -> {
        content = true;
        answering = true;
        if (!flowing) {
          if (!block.readable()) {
            return failed(block, out, new byte[0], block.data());
          }
          flow(out);
        }
        out.writeBytes(block.bytes());
      }
      case ALIVE -> pass(block, out);
      case PREFACE -> {
        if (!flowing && held.size() + block.bytes().length >= MAX_HELD_BYTES) {
          flow(out);
        }
        pass(block, out);
      }
      case UNWANTED -> {}
      case ERROR -> {
        return failed(block, out, protocol.afterError(block), protocol.errorBody(block));
      }
    }
    return Optional.empty();
  }

  private void flow(Output out) {
    flowing = true;
    out.writeBytes(held.toByteArray());
    held.reset();
  }

  private Optional<Step> failed(EventBlock block, Output out, byte[] after, byte[] body) {
    closed = true;
    byte[] before = flowing ? out.toByteArray() : new byte[0];
    return Optional.of(new Failed(before, named(block), after, body, !flowing));
  }

  /** Passes on a block without content, or keeps it in order until the first content arrives. */
  private void pass(EventBlock block, Output out) {
    if (flowing) {
      out.writeBytes(block.bytes());
    } else if (held.size() < MAX_HELD_BYTES) {
      held.writeBytes(block.bytes());
    }
  }

  /** Names an event {@code error}, because some clients recognize errors only by the last name. */
  private byte[] named(EventBlock block) {
    String name = block.name();
    if (name.equals("error") || protocol.hasType(block)) {
      return block.bytes();
    }
    return name.isEmpty()
        ? joined(ERROR_NAME, block.bytes())
        : joined(block.withoutLastLineEnds(), ERROR_NAME_LAST);
  }

  private static byte[] joined(byte[] one, byte[] other) {
    byte[] both = Arrays.copyOf(one, one.length + other.length);
    System.arraycopy(other, 0, both, one.length, other.length);
    return both;
  }
}
