package dev.keywheel.provider.http;

import dev.keywheel.provider.http.Observation.End;
import dev.keywheel.provider.http.Observation.Reply;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Locale;
import java.util.zip.GZIPInputStream;

/** Unpacks an answer: Keywheel asks for none to be packed, but some proxies pack all of them. */
final class GzipBody {
  private static final int BUFFER = 8_192;

  private GzipBody() {}

  /**
   * The body decompressed, up to the first damaged byte or the limit.
   *
   * @param limit maximum size of the decompressed body
   */
  static Observation unpacked(Observation seen, int limit) {
    return seen instanceof Reply reply
            && reply.header("content-encoding").toLowerCase(Locale.ROOT).endsWith("gzip")
        ? unpacked(reply, limit)
        : seen;
  }

  private static Reply unpacked(Reply reply, int limit) {
    var body = new ByteArrayOutputStream();
    End end = reply.end();
    try (var in = new GZIPInputStream(new ByteArrayInputStream(reply.body()))) {
      var buffer = new byte[BUFFER];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        body.write(buffer, 0, Math.min(read, limit - body.size()));
        if (body.size() == limit) {
          end = End.TOO_BIG;
          break;
        }
      }
    } catch (IOException broken) {
      end = end == End.WHOLE ? End.CUT : end;
    }
    return new Reply(reply.status(), reply.headers(), body.toByteArray(), end);
  }
}
