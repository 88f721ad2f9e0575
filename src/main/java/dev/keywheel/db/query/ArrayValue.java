package dev.keywheel.db.query;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.sql.Array;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.time.Instant;
import java.util.UUID;
import org.jooq.BindingGetResultSetContext;
import org.jooq.BindingSQLContext;
import org.jooq.BindingSetStatementContext;
import org.jooq.Converter;
import org.jooq.Field;
import org.jooq.impl.AbstractBinding;
import org.jooq.impl.DSL;
import org.jooq.impl.IdentityConverter;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;
import org.postgresql.core.BaseConnection;
import org.postgresql.jdbc.PgArray;
import org.postgresql.jdbc.PreferQueryMode;

/**
 * Sends an array in PostgreSQL's binary format. jOOQ sends an array as text: each value is
 * formatted here and parsed by the server. The driver also sends most arrays as text, and copies
 * arrays of strings several times.
 */
final class ArrayValue extends AbstractBinding<Object[], Object[]> {
  /** Seconds from the epoch of Java to the epoch of PostgreSQL, 1 January 2000. */
  private static final long EPOCH_SECONDS = 946_684_800;

  private final String type;

  private ArrayValue(String type) {
    this.type = type;
  }

  /** The array as a bind value of a jOOQ statement. */
  static Field<Object[]> of(@Nullable Object[] values) {
    var binding = new ArrayValue(Sql.type(values.getClass().componentType()));
    return DSL.val(values, SQLDataType.OTHER.getArrayDataType().asConvertedDataType(binding));
  }

  /** The array as a parameter of a JDBC statement. */
  static Array of(Connection connection, @Nullable Object[] values) throws SQLException {
    String type = Sql.type(values.getClass().componentType());
    var driver = connection.unwrap(BaseConnection.class);
    if (values instanceof BigDecimal[] || driver.getPreferQueryMode() == PreferQueryMode.SIMPLE) {
      return connection.createArrayOf(type, values); // sent as text
    }
    var types = driver.getTypeInfo();
    return new PgArray(driver, types.getPGArrayType(type), bytes(types.getPGType(type), values));
  }

  /** Encodes an array with one dimension, whose first index is 1. The length -1 encodes null. */
  private static byte[] bytes(int elementType, @Nullable Object[] values) {
    var elements = new byte @Nullable [values.length][];
    int length = 5 * Integer.BYTES;
    for (int i = 0; i < values.length; i++) {
      byte[] element = values[i] == null ? null : bytes(values[i]);
      elements[i] = element;
      length += Integer.BYTES + (element == null ? 0 : element.length);
    }
    var array = ByteBuffer.allocate(length).putInt(1).putInt(1).putInt(elementType);
    array.putInt(values.length).putInt(1);
    for (byte[] element : elements) {
      if (element == null) {
        array.putInt(-1);
      } else {
        array.putInt(element.length).put(element);
      }
    }
    return array.array();
  }

  private static byte[] bytes(Object value) {
    return switch (value) {
      case String text -> text.getBytes(UTF_8);
      case byte[] bytes -> bytes;
      case Boolean flag -> new byte[] {(byte) (flag ? 1 : 0)};
      case Integer number -> ByteBuffer.allocate(Integer.BYTES).putInt(number).array();
      case Long number -> ByteBuffer.allocate(Long.BYTES).putLong(number).array();
      case Instant at -> ByteBuffer.allocate(Long.BYTES).putLong(micros(at)).array();
      case UUID id ->
          ByteBuffer.allocate(2 * Long.BYTES)
              .putLong(id.getMostSignificantBits())
              .putLong(id.getLeastSignificantBits())
              .array();
      default -> throw new IllegalArgumentException("No arrays of " + value.getClass());
    };
  }

  /** Microseconds since the epoch of PostgreSQL, rounded as PostgreSQL does. */
  private static long micros(Instant at) {
    return (at.getEpochSecond() - EPOCH_SECONDS) * 1_000_000
        + (long) Math.rint(at.getNano() / 1_000.0);
  }

  @Override
  public Converter<Object[], Object[]> converter() {
    return new IdentityConverter<>(Object[].class);
  }

  @Override
  protected void sqlBind(BindingSQLContext<Object[]> ctx) {
    ctx.render().sql("?::").sql(type).sql("[]");
  }

  @Override
  public void set(BindingSetStatementContext<Object[]> ctx) throws SQLException {
    var statement = ctx.statement();
    statement.setArray(ctx.index(), of(statement.getConnection(), ctx.value()));
  }

  /** Arrays of this type are sent, never read. */
  @Override
  public void get(BindingGetResultSetContext<Object[]> ctx) throws SQLException {
    throw new SQLFeatureNotSupportedException();
  }
}
